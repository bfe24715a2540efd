using System.Runtime.CompilerServices;

namespace GrainKeeper.Architecture.Tests;

/// <summary>The source tree these tests were compiled from.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    public static IEnumerable<string> SourceFiles(string under) =>
        Directory.EnumerateFiles(Path.Combine(Root, under), "*.cs", SearchOption.AllDirectories)
            .Where(f => !Relative(f).Split('/').Any(part => part is "obj" or "bin"))
            .Order(StringComparer.Ordinal);

    public static string Relative(string file) => Path.GetRelativePath(Root, file).Replace('\\', '/');

    private static string Find([CallerFilePath] string here = "")
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "Orleans.sln")))
            {
                return folder;
            }
        }

        throw new InvalidOperationException($"Orleans.sln is not above {AppContext.BaseDirectory} (compiled from {here})");
    }
}
