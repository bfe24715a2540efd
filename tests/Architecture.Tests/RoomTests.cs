using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Orleans;

namespace GrainKeeper.Architecture.Tests;

/// <summary>The rooms of the design: who may depend on whom.</summary>
public sealed partial class RoomTests
{
    private static readonly Dictionary<string, string[]> ProjectRooms = new(StringComparer.Ordinal)
    {
        ["Core"] = [],
        ["Contracts"] = ["Core"],
        ["Storage"] = ["Core"],
        ["Grains"] = ["Contracts", "Core", "Storage"],
        ["Silo"] = ["Grains", "Contracts", "Core", "Storage"],
        ["Lab"] = ["Core"],
        ["Client"] = ["Contracts", "Core"],
        ["Console"] = ["Client", "Contracts", "Core", "Lab", "Storage"],
    };

    /// <summary>Within Core, one folder per idea. Election and Zab do not know each other; only Replica knows all.</summary>
    private static readonly Dictionary<string, string[]> CoreRooms = new(StringComparer.Ordinal)
    {
        ["Quorum"] = [],
        ["Jute"] = ["Quorum"],
        ["Election"] = ["Quorum"],
        ["AtomicCommit"] = [],
        ["Zab"] = ["Quorum"],
        ["Tree"] = ["Quorum", "Jute", "Zab", "AtomicCommit"],
        ["Watches"] = ["Quorum", "Jute", "Tree"],
        ["Sessions"] = ["Quorum", "Jute", "Tree", "Zab"],
        ["Requests"] = ["Quorum", "Jute", "Tree", "Sessions", "Zab", "Watches"],
        ["Replica"] = ["Quorum", "Jute", "Zab", "Tree", "Watches", "Sessions", "Requests", "AtomicCommit"],
    };

    public static TheoryData<string> Projects => [.. ProjectRooms.Keys];

    public static TheoryData<string> CoreFolders => [.. CoreRooms.Keys];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_only_the_rooms_that_the_design_allows(string project)
    {
        var file = XDocument.Load(Path.Combine(Repository.Root, "src", project, $"GrainKeeper.{project}.csproj"));
        var references = file.Descendants("ProjectReference")
            .Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/'))["GrainKeeper.".Length..]);
        Assert.Empty(references.Except(ProjectRooms[project]));
    }

    [Fact]
    public void Every_source_project_has_a_room() =>
        Assert.Equal(
            ProjectRooms.Keys.Order(StringComparer.Ordinal),
            Directory.EnumerateDirectories(Path.Combine(Repository.Root, "src"))
                .Where(d => Directory.EnumerateFiles(d, "*.csproj").Any())
                .Select(d => Path.GetFileName(d))
                .Order(StringComparer.Ordinal));

    [Fact]
    public void Core_uses_nothing_but_the_base_class_library()
    {
        var allowed = typeof(object).Assembly.GetName().Name;
        var foreign = typeof(Core.Now).Assembly.GetReferencedAssemblies()
            .Where(a => a.Name != allowed && !a.Name!.StartsWith("System.", StringComparison.Ordinal))
            .Select(a => a.Name);
        Assert.Empty(foreign);
        var packages = XDocument.Load(Path.Combine(Repository.Root, "src/Core/GrainKeeper.Core.csproj"))
            .Descendants("PackageReference")
            .Where(p => p.Attribute("PrivateAssets")?.Value != "all");
        Assert.Empty(packages);
    }

    [Fact]
    public void The_client_library_brings_its_users_nothing_of_a_console() =>
        Assert.DoesNotContain(
            typeof(Client.GrainKeeperClient).Assembly.GetReferencedAssemblies(),
            a => a.Name is "System.CommandLine" or "System.Console" || a.Name!.StartsWith("Spectre.", StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(CoreFolders))]
    public void A_folder_of_Core_names_only_the_folders_it_may_know(string folder)
    {
        var offences = new List<string>();
        foreach (var file in Repository.SourceFiles("src/Core/" + folder))
        {
            foreach (Match match in CoreNamespace().Matches(File.ReadAllText(file)))
            {
                var named = match.Groups["room"].Value;
                if (named != folder && CoreRooms.ContainsKey(named) && !CoreRooms[folder].Contains(named))
                {
                    offences.Add($"{Repository.Relative(file)} names {named}");
                }
            }
        }

        Assert.Empty(offences.Distinct());
    }

    [Fact]
    public void Every_folder_of_Core_has_a_room()
    {
        var folders = Directory.EnumerateDirectories(Path.Combine(Repository.Root, "src/Core"))
            .Select(d => Path.GetFileName(d))
            .Where(d => d is not ("bin" or "obj"));
        Assert.Empty(folders.Except(CoreRooms.Keys));
    }

    [Fact]
    public void No_type_of_Core_touches_tasks_threads_clocks_or_files()
    {
        string[] banned = ["System.Threading.Tasks", "System.Threading.Thread", "System.Threading.Timer", "System.Diagnostics.Stopwatch", "System.IO.File", "System.Net.Sockets"];
        var members = typeof(Core.Now).Assembly.GetTypes()
            .SelectMany(t => t.GetMembers(BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
                .SelectMany(TypesOf)
                .Where(used => used.FullName is { } name && banned.Any(b => name.StartsWith(b, StringComparison.Ordinal)))
                .Select(used => $"{t.FullName} uses {used.FullName}"));
        Assert.Empty(members);
    }

    /// <summary>Orleans' own directory asks the silo that owns a partition; with that silo down, a first call to a grain on a live server fails.</summary>
    [Fact]
    public void No_grain_depends_on_the_grain_directory()
    {
        var grains = typeof(Grains.Placement.NullGrainDirectory).Assembly.GetTypes().Where(t => typeof(Grain).IsAssignableFrom(t) && !t.IsAbstract).ToArray();
        Assert.NotEmpty(grains);
        Assert.Empty(grains
            .Where(t => t.GetCustomAttribute<Orleans.GrainDirectory.GrainDirectoryAttribute>()?.GrainDirectoryName != Grains.Placement.NullGrainDirectory.Name)
            .Select(t => t.FullName));
    }

    private static IEnumerable<Type> TypesOf(MemberInfo member) => member switch
    {
        FieldInfo f => [f.FieldType],
        PropertyInfo p => [p.PropertyType],
        MethodInfo m => [m.ReturnType, .. m.GetParameters().Select(p => p.ParameterType), .. (m.GetMethodBody()?.LocalVariables ?? []).Select(v => v.LocalType)],
        ConstructorInfo c => c.GetParameters().Select(p => p.ParameterType),
        _ => [],
    };

    [GeneratedRegex(@"GrainKeeper\.Core\.(?<room>[A-Z]\w+)")]
    private static partial Regex CoreNamespace();
}
