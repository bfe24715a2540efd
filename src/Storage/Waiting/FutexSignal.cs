using System.ComponentModel;
using System.Runtime.InteropServices;

namespace GrainKeeper.Storage.Waiting;

/// <summary>
/// A signal by Linux' futex(2): one call of the kernel to wait, one to wake, none when nobody waits. The runtime's own primitives take several each, under a lock that the woken thread needs
/// first: where a flush takes a tenth of a millisecond that counts.
/// </summary>
internal sealed partial class FutexSignal : ThreadSignal
{
    private const int Clear = 0;
    private const int Ready = 1;
    private const int Asleep = 2;

    private const int PrivateWait = 0 | 128;
    private const int PrivateWake = 1 | 128;
    private const int Interrupted = 4;
    private const int ValueChanged = 11;
    private const int TimedOut = 110;

    private static readonly nint Number = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 202,
        Architecture.Arm64 => 98,
        _ => 0,
    };

    // The kernel knows it by its address.
    private readonly int[] _state = GC.AllocateArray<int>(1, pinned: true);

    /// <summary>Whether this machine has it.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux() && Number != 0;

    /// <inheritdoc/>
    public override void Set()
    {
        if (Interlocked.Exchange(ref _state[0], Ready) == Asleep && Futex(Number, ref _state[0], PrivateWake, 1, nint.Zero) < 0)
        {
            throw Failed();
        }
    }

    /// <inheritdoc/>
    public override bool Wait(int milliseconds)
    {
        var until = milliseconds == Timeout.Infinite ? long.MaxValue : Environment.TickCount64 + milliseconds;
        while (Interlocked.CompareExchange(ref _state[0], Clear, Ready) != Ready)
        {
            var left = until == long.MaxValue ? long.MaxValue : until - Environment.TickCount64;
            if (left <= 0)
            {
                return Interlocked.Exchange(ref _state[0], Clear) == Ready;
            }

            if (Interlocked.CompareExchange(ref _state[0], Asleep, Clear) != Ready)
            {
                Sleep(left);
            }
        }

        return true;
    }

    private void Sleep(long milliseconds)
    {
        // Seconds and nanoseconds, relative.
        Span<long> time = [milliseconds / 1000, milliseconds % 1000 * 1_000_000];
        var result = milliseconds == long.MaxValue
            ? Futex(Number, ref _state[0], PrivateWait, Asleep, nint.Zero)
            : FutexFor(Number, ref _state[0], PrivateWait, Asleep, ref MemoryMarshal.GetReference(time));
        if (result < 0 && Marshal.GetLastPInvokeError() is not (ValueChanged or Interrupted or TimedOut))
        {
            throw Failed();
        }
    }

    private static Win32Exception Failed() => new(Marshal.GetLastPInvokeError(), "futex failed");

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial nint Futex(nint number, ref int address, nint operation, nint value, nint unlimited);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial nint FutexFor(nint number, ref int address, nint operation, nint value, ref long time);
}
