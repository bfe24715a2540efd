using System.ComponentModel;
using System.Runtime.InteropServices;

namespace GrainKeeper.Silo.Transport;

/// <summary>Linux' epoll(7), level-triggered: tells which of many sockets can be read from. As long as the process lives: it is not closed.</summary>
internal sealed partial class Epoll
{
    private const int CloseOnExec = 0x80000;
    private const int Add = 1;
    private const int Remove = 2;
    private const uint Readable = 0x1 | 0x2000; // EPOLLIN, EPOLLRDHUP; errors are always told
    private const int MostEvents = 256;
    private const int InterruptedCall = 4;

    // The kernel's struct has no padding on x86-64, and the usual one elsewhere.
    private static readonly int KeyAt = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int EventSize = KeyAt + sizeof(long);

    private readonly int _epoll;
    private readonly byte[] _events = new byte[MostEvents * EventSize];

    /// <exception cref="Win32Exception">The kernel has no more descriptors for this process.</exception>
    public Epoll()
    {
        _epoll = Create(CloseOnExec);
        if (_epoll < 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError(), "epoll_create1 failed; raise the limit of open files (ulimit -n, LimitNOFILE)");
        }
    }

    /// <summary>Watches a descriptor from now on.</summary>
    /// <param name="descriptor">Open, and not watched.</param>
    /// <param name="key">What <see cref="Wait"/> gives when it can be read from.</param>
    /// <exception cref="IOException">The kernel has no room.</exception>
    public void Watch(nint descriptor, long key)
    {
        Span<byte> request = stackalloc byte[16];
        MemoryMarshal.Write(request, Readable);
        MemoryMarshal.Write(request[KeyAt..], key);
        if (Control(_epoll, Add, (int)descriptor, ref MemoryMarshal.GetReference(request)) != 0)
        {
            throw new IOException($"epoll_ctl failed: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}; raise fs.epoll.max_user_watches");
        }
    }

    /// <summary>Watches a descriptor no longer; one that was not watched is none's loss.</summary>
    public void Forget(nint descriptor)
    {
        Span<byte> unused = stackalloc byte[16];
        _ = Control(_epoll, Remove, (int)descriptor, ref MemoryMarshal.GetReference(unused));
    }

    /// <summary>Waits until something can be read from. One caller at a time.</summary>
    /// <param name="keys">Takes their keys; room for 256.</param>
    /// <returns>How many.</returns>
    public int Wait(Span<long> keys)
    {
        int count;
        do
        {
            count = WaitFor(_epoll, ref _events[0], MostEvents, -1);
        }
        while (count < 0 && Marshal.GetLastPInvokeError() == InterruptedCall);

        if (count < 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError(), "epoll_wait failed");
        }

        for (var i = 0; i < count; i++)
        {
            keys[i] = MemoryMarshal.Read<long>(_events.AsSpan((i * EventSize) + KeyAt));
        }

        return count;
    }

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int Create(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int Control(int epoll, int operation, int descriptor, ref byte request);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int WaitFor(int epoll, ref byte events, int most, int milliseconds);
}
