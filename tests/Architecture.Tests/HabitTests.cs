using System.Reflection;
using System.Text.RegularExpressions;

namespace GrainKeeper.Architecture.Tests;

/// <summary>Habits that a reader relies on.</summary>
public sealed partial class HabitTests
{
    private const int MaxLines = 500;

    [Fact]
    public void No_source_file_is_longer_than_a_reader_can_hold()
    {
        var tooLong = AllFiles()
            .Select(f => (File: Repository.Relative(f), Lines: File.ReadLines(f).Count()))
            .Where(f => f.Lines > MaxLines)
            .Select(f => $"{f.File}: {f.Lines} lines, at most {MaxLines}");
        Assert.Empty(tooLong);
    }

    [Fact]
    public void Recipes_choose_the_consistency_of_each_read()
    {
        // The client's default may be eventual, which would let a recipe believe what has been over for long.
        var offences = Repository.SourceFiles("src/Client/Recipes")
            .SelectMany(f => File.ReadLines(f).Where(l => Read().IsMatch(l) && !l.Contains("ReadConsistency.", StringComparison.Ordinal)).Select(l => $"{Repository.Relative(f)}: {l.Trim()}"));
        Assert.Empty(offences);
    }

    [Fact]
    public void A_public_type_lies_in_a_file_of_its_name()
    {
        var offences = new List<string>();
        foreach (var file in Repository.SourceFiles("src"))
        {
            var name = Path.GetFileNameWithoutExtension(file).Split('.')[0];
            foreach (Match match in PublicTopLevelType().Matches(File.ReadAllText(file)))
            {
                if (match.Groups["name"].Value != name)
                {
                    offences.Add($"{Repository.Relative(file)} declares {match.Groups["name"].Value}");
                }
            }
        }

        Assert.Empty(offences);
    }

    [Fact]
    public void Nothing_is_left_unfinished_or_silenced()
    {
        var offences = AllFiles()
            .Where(f => !f.EndsWith(nameof(HabitTests) + ".cs", StringComparison.Ordinal))
            .SelectMany(f => File.ReadLines(f).Select((text, index) => (File: Repository.Relative(f), Line: index + 1, Text: text)))
            .Where(l => Unfinished().IsMatch(l.Text))
            .Select(l => $"{l.File}:{l.Line}: {l.Text.Trim()}");
        Assert.Empty(offences);
    }

    [Fact]
    public void Namespaces_follow_the_folders()
    {
        var offences = new List<string>();
        foreach (var file in Repository.SourceFiles("src"))
        {
            var declared = Namespace().Match(File.ReadAllText(file));
            if (!declared.Success)
            {
                continue;
            }

            var parts = Repository.Relative(file).Split('/')[1..^1];
            var expected = "GrainKeeper." + string.Join('.', parts);
            if (declared.Groups["name"].Value != expected)
            {
                offences.Add($"{Repository.Relative(file)}: {declared.Groups["name"].Value}, expected {expected}");
            }
        }

        Assert.Empty(offences);
    }

    [Fact]
    public void Exceptions_and_records_of_the_cores_are_sealed_or_closed()
    {
        var open = typeof(Core.Now).Assembly.GetExportedTypes()
            .Where(t => typeof(Exception).IsAssignableFrom(t) && !t.IsSealed && !t.IsAbstract)
            .Select(t => t.FullName);
        Assert.Empty(open);
        Assert.NotEmpty(typeof(Core.Now).Assembly.GetCustomAttributes<AssemblyProductAttribute>());
    }

    private static IEnumerable<string> AllFiles() =>
        new[] { "src", "tests", "bench", "samples" }.Where(folder => Directory.Exists(Path.Combine(Repository.Root, folder))).SelectMany(Repository.SourceFiles);

    [GeneratedRegex(@"^public (?:(?:sealed|abstract|static|partial|readonly|ref|unsafe) )*(?:class|record struct|record class|record|struct|interface|enum|delegate \S+) (?<name>\w+)", RegexOptions.Multiline)]
    private static partial Regex PublicTopLevelType();

    [GeneratedRegex(@"NotImplementedException|\bTODO\b|\bFIXME\b|\bHACK\b|Skip\s*=\s*""|#pragma warning disable|SuppressMessage")]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"\.(GetDataAsync|ExistsAsync|GetStatAsync|GetAclAsync|GetChildren\w*Async|GetSubtree\w*Async|GetNodeAsync|GetAllChildrenNumberAsync)\(")]
    private static partial Regex Read();

    [GeneratedRegex(@"^namespace (?<name>[\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();
}
