using System.Runtime.InteropServices;

namespace GrainKeeper.Silo.Hosting;

/// <summary>Ends the process without running anything more of it.</summary>
internal static partial class ProcessEnd
{
    /// <summary>
    /// Ends now. Environment.Exit would run shutdown handlers, and those wait for a graceful stop of the very server that must not go on.
    /// </summary>
    public static void Now(int exitCode, string message)
    {
        Console.Error.WriteLine(message);
        Console.Error.Flush();
        if (OperatingSystem.IsWindows())
        {
            Environment.FailFast(message);
        }

        ExitAtOnce(exitCode);
    }

    [LibraryImport("libc", EntryPoint = "_exit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial void ExitAtOnce(int status);
}
