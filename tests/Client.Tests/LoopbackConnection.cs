using System.Threading.Channels;
using GrainKeeper.Client.Connections;
using GrainKeeper.Core.Replica;

namespace GrainKeeper.Client.Tests;

/// <summary>A connection to a <see cref="LoopbackReplica"/>.</summary>
internal sealed class LoopbackConnection(LoopbackReplica replica, ConnectionId id, int server) : IServerConnection
{
    private readonly Channel<ReadOnlyMemory<byte>> _toClient = Channel.CreateUnbounded<ReadOnlyMemory<byte>>();

    public int Server => server;

    public Task SendAsync(byte[] frames, CancellationToken cancellationToken)
    {
        replica.Take(id, frames);
        return Task.CompletedTask;
    }

    public async Task<ReadOnlyMemory<byte>> ReceiveAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _toClient.Reader.ReadAsync(cancellationToken);
        }
        catch (ChannelClosedException e)
        {
            throw new ServerConnectionException(e.InnerException?.Message ?? "closed");
        }
    }

    public ValueTask DisposeAsync()
    {
        replica.Gone(id);
        return ValueTask.CompletedTask;
    }

    internal void Deliver(ReadOnlyMemory<byte> frames) => _toClient.Writer.TryWrite(frames);

    internal void Close(string reason) => _toClient.Writer.TryComplete(new InvalidOperationException(reason));
}
