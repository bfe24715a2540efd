namespace GrainKeeper.Silo.Tests;

/// <summary>Files of the source tree that these tests were built from.</summary>
internal static class Repository
{
    public static string Read(string path)
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "Orleans.sln")))
            {
                return File.ReadAllText(Path.Combine(folder, path));
            }
        }

        throw new InvalidOperationException($"Orleans.sln is not above {AppContext.BaseDirectory}");
    }
}
