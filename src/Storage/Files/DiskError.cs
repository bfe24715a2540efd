namespace GrainKeeper.Storage.Files;

/// <summary>Turns an operating system's error into a message for an operator.</summary>
internal static class DiskError
{
    private const int IoError = 5;
    private const int AccessDenied = 13;
    private const int TooManyOpenFiles = 24;
    private const int NoSpace = 28;
    private const int ReadOnly = 30;
    private const int QuotaExceeded = 122;
    private const int WindowsHandleDiskFull = 39;
    private const int WindowsDiskFull = 112;

    public static StorageException From(string operation, string path, Exception cause)
    {
        var code = cause is UnauthorizedAccessException ? AccessDenied : cause.HResult & 0xffff;
        return Make(code, $"cannot {operation} {path}: {cause.Message} {Remedy(code)}", cause);
    }

    public static StorageException FromErrno(string operation, string path, int errno) =>
        Make(errno, $"cannot {operation} {path}: {System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(errno)} (error {errno}). {Remedy(errno)}", null);

    private static StorageException Make(int code, string message, Exception? cause) =>
        code is NoSpace or QuotaExceeded or WindowsDiskFull or WindowsHandleDiskFull ? new DiskFullException(message, cause) : new StorageException(message, cause!);

    private static string Remedy(int code) => code switch
    {
        NoSpace or WindowsDiskFull or WindowsHandleDiskFull =>
            "The disk is full: free space or enlarge it, then start the server again. Nothing acknowledged is lost.",
        QuotaExceeded => "The disk quota is used up: raise it or free space, then start the server again. Nothing acknowledged is lost.",
        IoError => "The disk reports an error: check it and the kernel's log before the server is started again. Nothing acknowledged is lost.",
        AccessDenied => "Give the server's user permission to read and write the data directory and everything in it.",
        ReadOnly => "The file system is mounted read-only: check the disk and the kernel's log, then remount it.",
        TooManyOpenFiles => "Raise the limit of open files (ulimit -n) of the server's user.",
        _ => "The server stops so that nothing is acknowledged that is not on disk; remove the cause and start it again.",
    };
}
