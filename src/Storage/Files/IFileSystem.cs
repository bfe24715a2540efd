namespace GrainKeeper.Storage.Files;

/// <summary>The directory operations that storage needs. Names become durable only by <see cref="FlushDirectory"/>.</summary>
internal interface IFileSystem
{
    /// <summary>Creates the directory and its parents, durably.</summary>
    void CreateDirectory(string path);

    bool DirectoryExists(string path);

    bool FileExists(string path);

    /// <summary>The names (not paths) of the files in the directory, sorted by ordinal.</summary>
    IReadOnlyList<string> List(string directory);

    /// <summary>Creates an empty file, or empties an existing one.</summary>
    IStorageFile Create(string path);

    IStorageFile OpenRead(string path);

    IStorageFile OpenWrite(string path);

    /// <summary>Renames; a file of the new name is replaced atomically.</summary>
    void Rename(string from, string to);

    void Delete(string path);

    void FlushDirectory(string path);

    /// <summary>Takes the exclusive lock that dies with the process.</summary>
    /// <exception cref="DirectoryInUseException">Another holds it.</exception>
    IDisposable Lock(string directory);
}
