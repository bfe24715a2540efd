using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace GrainKeeper.Grains.Storage.Files;

/// <summary>
/// The exclusive lock on a data directory: a kernel lock on its <c>lock</c> file, which the kernel drops when the process dies, whatever
/// kills it. The file holds the holder's process id only for the message that the second server prints.
/// </summary>
internal sealed class DirectoryLock : IDisposable
{
    private readonly SafeFileHandle _handle;

    private DirectoryLock(SafeFileHandle handle) => _handle = handle;

    public static DirectoryLock Take(string directory)
    {
        var path = Path.Combine(directory, FileNames.Lock);
        SafeFileHandle? handle = null;
        try
        {
            // On Linux the lock is ours to take below, so that a configuration switch of the framework cannot turn it off.
            var share = OperatingSystem.IsLinux() ? FileShare.ReadWrite | FileShare.Delete : FileShare.Read;
            handle = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, share);
            if (OperatingSystem.IsLinux())
            {
                while (Native.Lock(handle, Native.ExclusiveNonBlocking) != 0)
                {
                    var errno = Marshal.GetLastPInvokeError();
                    if (errno == Native.WouldBlock)
                    {
                        throw new DirectoryInUseException(directory, ReadHolder(path));
                    }

                    if (errno != Native.InterruptedCall)
                    {
                        throw DiskError.FromErrno("lock", path, errno);
                    }
                }
            }

            RandomAccess.SetLength(handle, 0);
            RandomAccess.Write(handle, Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)), 0);
            return new DirectoryLock(handle);
        }
        catch (Exception e)
        {
            handle?.Dispose();
            if (e is StorageException)
            {
                throw;
            }

            if (handle is null && e is IOException && !OperatingSystem.IsLinux())
            {
                throw new DirectoryInUseException(directory, ReadHolder(path));
            }

            throw DiskError.From("lock", path, e);
        }
    }

    public void Dispose() => _handle.Dispose();

    private static int? ReadHolder(string path)
    {
        try
        {
            using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            Span<byte> text = stackalloc byte[16];
            var length = RandomAccess.Read(handle, text, 0);
            return int.TryParse(text[..length], NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
