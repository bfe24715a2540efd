namespace GrainKeeper.Storage.Files;

/// <summary>Conveniences over <see cref="IFileSystem"/>.</summary>
internal static class FileSystemExtensions
{
    public static long OpenReadLength(this IFileSystem files, string path)
    {
        using var file = files.OpenRead(path);
        return file.Length;
    }
}
