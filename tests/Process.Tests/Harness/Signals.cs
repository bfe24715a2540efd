using System.Runtime.InteropServices;

namespace GrainKeeper.Process.Tests.Harness;

/// <summary>Signals to processes that a test has started.</summary>
internal static partial class Signals
{
    public const int Interrupt = 2;
    public const int Kill = 9;
    public const int Terminate = 15;
    public const int Continue = 18;
    public const int Stop = 19;

    public static void Send(int process, int signal) =>
        Assert.True(SendSignal(process, signal) == 0, $"signal {signal} to process {process}: {Marshal.GetLastPInvokeErrorMessage()}");

    public static bool IsAlive(int process) => SendSignal(process, 0) == 0 && !IsZombie(process);

    private static bool IsZombie(int process)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{process}/stat");
            return stat[stat.LastIndexOf(')')..].StartsWith(") Z", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return true;
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SendSignal(int process, int signal);
}
