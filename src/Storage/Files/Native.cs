using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace GrainKeeper.Storage.Files;

/// <summary>What the framework does not offer: fdatasync, fsync of a directory and with all its errors, and flock.</summary>
internal static partial class Native
{
    public const int InterruptedCall = 4;
    public const int WouldBlock = 11;
    public const int ExclusiveNonBlocking = 2 | 4;

    private const int ReadWrite = 2;
    private const int CreateIfMissing = 0x40;
    private const int CloseOnExec = 0x80000;
    private const int OwnerOnly = 0x180;

    public static int OpenDirectory(string path) => Open(path, OperatingSystem.IsLinux() ? CloseOnExec : 0, 0);

    /// <summary>Opens a lock file on Linux without the shared lock that the framework takes on whatever it opens.</summary>
    public static SafeFileHandle OpenLockFile(string path) => new(Open(path, ReadWrite | CreateIfMissing | CloseOnExec, OwnerOnly), ownsHandle: true);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial int FlushData(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial int Flush(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial int Flush(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial int Lock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int Open(string path, int flags, int mode);
}
