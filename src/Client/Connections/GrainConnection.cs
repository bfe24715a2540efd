using GrainKeeper.Contracts.Trees;

namespace GrainKeeper.Client.Connections;

/// <summary>A virtual connection to a replica: numbered batches of frames over grain calls.</summary>
internal sealed class GrainConnection(GatewayLease gateway, IZNodeTreeGrain replica, int server, long number) : IServerConnection
{
    private const int MostRepeats = 3;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(200);

    /// <summary>How long a receive waits on the server; short enough that the connection does not count as idle there.</summary>
    private const int WaitMilliseconds = 5_000;

    private long _sent;
    private long _received;
    private int _disposed;

    public int Server => server;

    public async Task SendAsync(byte[] frames, CancellationToken cancellationToken)
    {
        var batch = new FrameBatch(++_sent, frames);
        var pause = FirstPause;
        while (true)
        {
            var outcome = await RepeatAsync(() => GrainCalls.MakeAsync(gateway, _ => replica.Send(number, batch), cancellationToken));
            switch (outcome)
            {
                case SendOutcome.Accepted:
                    return;
                case SendOutcome.Busy:
                    await Task.Delay(pause, cancellationToken);
                    pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
                    break;
                default:
                    throw new ServerConnectionException(await ReasonAsync(cancellationToken));
            }
        }
    }

    public async Task<ReadOnlyMemory<byte>> ReceiveAsync(CancellationToken cancellationToken)
    {
        var batch = await RepeatAsync(() => ReceiveAsync(WaitMilliseconds, cancellationToken));
        if (batch.Bytes.Length > 0)
        {
            _received = batch.Number;
            return batch.Bytes;
        }

        return batch.ClosedReason is null ? default(ReadOnlyMemory<byte>) : throw new ServerConnectionException(batch.ClosedReason);
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        try
        {
            if (!gateway.Lost.IsCancellationRequested)
            {
                await GrainCalls.MakeAsync(gateway, async _ => { await replica.CloseConnection(number); return true; }, CancellationToken.None, TimeSpan.FromSeconds(1));
            }
        }
        catch (Exception e) when (e is ServerConnectionException or TimeoutException)
        {
            // The server closes idle connections by itself; but a gateway that does not answer must not be rented again.
            gateway.Discard();
        }
        finally
        {
            gateway.Dispose();
        }
    }

    private Task<ReceivedBatch> ReceiveAsync(int wait, CancellationToken cancellationToken) =>
        GrainCalls.MakeAsync(
            gateway,
            _ => replica.Receive(number, _received, wait, cancellationToken),
            cancellationToken,
            TimeSpan.FromMilliseconds(wait) + GrainCalls.Deadline);

    /// <summary>The frames that are left do not matter any more when a send fails because the connection has ended; the reason does.</summary>
    private async Task<string> ReasonAsync(CancellationToken cancellationToken)
    {
        try
        {
            var batch = await ReceiveAsync(0, cancellationToken);
            return batch.ClosedReason ?? "the server has closed the connection";
        }
        catch (TimeoutException)
        {
            return "the server has closed the connection";
        }
    }

    /// <summary>Both calls may be repeated after an unknown outcome: the server takes a batch once, and keeps what was not confirmed.</summary>
    private async Task<T> RepeatAsync<T>(Func<Task<T>> call)
    {
        for (var repeat = 0; ; repeat++)
        {
            try
            {
                return await call();
            }
            catch (TimeoutException e)
            {
                if (repeat == MostRepeats)
                {
                    gateway.Discard();
                    throw new ServerConnectionException($"server {server} does not answer", e);
                }
            }
        }
    }
}
