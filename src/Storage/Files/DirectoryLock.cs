using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace GrainKeeper.Storage.Files;

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
        var handle = OperatingSystem.IsLinux() ? TakeOnLinux(directory, path) : TakeElsewhere(directory, path);
        try
        {
            RandomAccess.SetLength(handle, 0);
            RandomAccess.Write(handle, Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)), 0);
            return new DirectoryLock(handle);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            handle.Dispose();
            throw DiskError.From("write the process id to", path, e);
        }
    }

    public void Dispose() => _handle.Dispose();

    private static SafeFileHandle TakeOnLinux(string directory, string path)
    {
        var handle = Native.OpenLockFile(path);
        if (handle.IsInvalid)
        {
            throw DiskError.FromErrno("open", path, Marshal.GetLastPInvokeError());
        }

        while (Native.Lock(handle, Native.ExclusiveNonBlocking) != 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            if (errno == Native.InterruptedCall)
            {
                continue;
            }

            var holder = errno == Native.WouldBlock ? ReadHolder(handle) : null;
            handle.Dispose();
            throw errno == Native.WouldBlock ? new DirectoryInUseException(directory, holder) : DiskError.FromErrno("lock", path, errno);
        }

        return handle;
    }

    private static SafeFileHandle TakeElsewhere(string directory, string path)
    {
        try
        {
            return File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException e)
        {
            throw DiskError.From("lock", path, e);
        }
        catch (IOException)
        {
            throw new DirectoryInUseException(directory, holder: null);
        }
    }

    private static int? ReadHolder(SafeFileHandle handle)
    {
        try
        {
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
