using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace GrainKeeper.Storage.Files;

/// <summary>The operating system's file system.</summary>
internal sealed class DiskFileSystem : IFileSystem
{
    private DiskFileSystem()
    {
    }

    public static DiskFileSystem Instance { get; } = new();

    public void CreateDirectory(string path)
    {
        try
        {
            // Each new level must be durable in its parent, or a whole directory of acknowledged writes could vanish.
            var missing = new Stack<string>();
            for (var level = Path.GetFullPath(path); !Directory.Exists(level); level = Path.GetDirectoryName(level)!)
            {
                missing.Push(level);
            }

            while (missing.TryPop(out var level))
            {
                Directory.CreateDirectory(level);
                FlushDirectory(Path.GetDirectoryName(level)!);
            }
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException and not StorageException)
        {
            throw DiskError.From("create the directory", path, e);
        }
    }

    public bool DirectoryExists(string path) => Directory.Exists(path);

    public bool FileExists(string path) => File.Exists(path);

    public IReadOnlyList<string> List(string directory)
    {
        try
        {
            return [.. Directory.EnumerateFiles(directory).Select(p => Path.GetFileName(p)).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw DiskError.From("list", directory, e);
        }
    }

    public IStorageFile Create(string path) => Open("create", path, FileMode.Create, FileAccess.ReadWrite);

    public IStorageFile OpenRead(string path) => Open("open", path, FileMode.Open, FileAccess.Read);

    public IStorageFile OpenWrite(string path) => Open("open for writing", path, FileMode.Open, FileAccess.ReadWrite);

    public void Rename(string from, string to)
    {
        try
        {
            File.Move(from, to, overwrite: true);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw DiskError.From($"rename to {Path.GetFileName(to)}", from, e);
        }
    }

    public void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw DiskError.From("delete", path, e);
        }
    }

    public void FlushDirectory(string path)
    {
        // Windows keeps names durable by itself and cannot open a directory for this.
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var descriptor = Native.OpenDirectory(path);
        if (descriptor < 0)
        {
            throw DiskError.FromErrno("open the directory", path, Marshal.GetLastPInvokeError());
        }

        try
        {
            while (Native.Flush(descriptor) != 0)
            {
                var errno = Marshal.GetLastPInvokeError();
                if (errno != Native.InterruptedCall)
                {
                    throw DiskError.FromErrno("flush the directory", path, errno);
                }
            }
        }
        finally
        {
            _ = Native.Close(descriptor);
        }
    }

    public IDisposable Lock(string directory) => DirectoryLock.Take(directory);

    private static DiskFile Open(string operation, string path, FileMode mode, FileAccess access)
    {
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(path, mode, access, FileShare.ReadWrite | FileShare.Delete);
            return new DiskFile(path, handle);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            handle?.Dispose();
            throw DiskError.From(operation, path, e);
        }
    }
}
