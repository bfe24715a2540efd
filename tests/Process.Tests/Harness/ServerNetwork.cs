using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace GrainKeeper.Process.Tests.Harness;

/// <summary>
/// The network between the servers of an ensemble: a forwarder in front of each silo port. It can cut a server off, or fall in two, as a failing network does: connections stay open,
/// and nothing goes through them until the cut is healed.
/// </summary>
internal sealed class ServerNetwork : IAsyncDisposable
{
    private readonly Func<int, int?> _serverOfProcess;
    private readonly List<TcpListener> _listeners = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _accepting = [];
    private readonly HashSet<int> _cutOff = [];
    private readonly HashSet<int> _side = [];
    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="ports">For each server its id, the port that its peers know, and the port on which it listens.</param>
    /// <param name="serverOfProcess">Which server a process is.</param>
    public ServerNetwork(IEnumerable<(int Server, int Known, int Own)> ports, Func<int, int?> serverOfProcess)
    {
        _serverOfProcess = serverOfProcess;
        foreach (var (server, known, own) in ports)
        {
            var listener = new TcpListener(IPAddress.Loopback, known);
            listener.Start();
            _listeners.Add(listener);
            _accepting.Add(AcceptAsync(listener, server, known, own));
        }
    }

    public void CutOff(int server) => Change(() => _cutOff.Add(server));

    /// <summary>Parts some servers from all others; each side stays connected within itself.</summary>
    public void Part(IEnumerable<int> side) => Change(() =>
    {
        _side.Clear();
        _side.UnionWith(side);
    });

    public void Heal() => Change(() =>
    {
        _cutOff.Clear();
        _side.Clear();
    });

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listeners.ForEach(l => l.Dispose());
        await Task.WhenAll(_accepting).WaitAsync(TimeSpan.FromSeconds(5)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private void Change(Action change)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            change();
            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.SetResult();
    }

    private async Task AcceptAsync(TcpListener listener, int server, int known, int own)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var accepted = await listener.AcceptSocketAsync(_stop.Token);
                _ = ForwardAsync(accepted, server, known, own);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ForwardAsync(Socket accepted, int server, int known, int own)
    {
        using var near = accepted;
        using var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            var caller = await CallerOfAsync(((IPEndPoint)accepted.RemoteEndPoint!).Port, known);
            await UntilOpenAsync(caller, server);
            await far.ConnectAsync(new IPEndPoint(IPAddress.Loopback, own), _stop.Token);
            (near.NoDelay, far.NoDelay) = (true, true);
            await Task.WhenAny(PumpAsync(near, far, caller, server), PumpAsync(far, near, caller, server));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // One end has gone; the other one is closed too.
            _ = e;
        }
    }

    private async Task PumpAsync(Socket from, Socket to, int? caller, int server)
    {
        var buffer = new byte[64 * 1024];
        int count;
        do
        {
            count = await from.ReceiveAsync(buffer, _stop.Token);

            // In a network that is cut, the end of a connection is not heard of either.
            await UntilOpenAsync(caller, server);
            for (var sent = 0; sent < count;)
            {
                sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), _stop.Token);
            }
        }
        while (count > 0);
    }

    private async Task UntilOpenAsync(int? caller, int server)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (!_cutOff.Contains(server) && !(caller is { } id && (_cutOff.Contains(id) || _side.Contains(id) != _side.Contains(server))))
                {
                    return;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(_stop.Token);
        }
    }

    /// <summary>The server whose process holds the other end of a connection; null when it has died. The system's table may lack a line while it changes.</summary>
    private async Task<int?> CallerOfAsync(int port, int known)
    {
        for (var tries = 0; tries < 50; tries++)
        {
            if (CallerOf(port, known) is { } server)
            {
                return server;
            }

            await Task.Delay(20, _stop.Token);
        }

        return null;
    }

    private int? CallerOf(int port, int known)
    {
        foreach (var table in new[] { "/proc/net/tcp", "/proc/net/tcp6" })
        {
            foreach (var line in File.ReadLines(table).Skip(1))
            {
                var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (PortOf(fields[1]) == port && PortOf(fields[2]) == known && OwnerOf($"socket:[{fields[9]}]") is { } server)
                {
                    return server;
                }
            }
        }

        return null;
    }

    private int? OwnerOf(string socket)
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var process)
                && _serverOfProcess(process) is { } server
                && Directory.EnumerateFiles(Path.Combine(folder, "fd")).Any(f => LinkOf(f) == socket))
            {
                return server;
            }
        }

        return null;
    }

    private static string? LinkOf(string file)
    {
        try
        {
            return new FileInfo(file).LinkTarget;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static int PortOf(string address) => int.Parse(address.AsSpan(address.LastIndexOf(':') + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
