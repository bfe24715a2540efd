using System.Buffers.Binary;
using System.Net;
using GrainKeeper.Core.Jute;
using GrainKeeper.Endpoint.Tests.Hosting;
using GrainKeeper.Grains.Connections;
using Microsoft.Extensions.DependencyInjection;

namespace GrainKeeper.Endpoint.Tests;

/// <summary>A client that sends fast while the replica is held up.</summary>
public sealed class ReadAheadTests
{
    private const int Requests = 400;
    private const int Size = 64 * 1024;
    private const int Batch = 16;

    [Fact]
    public async Task A_client_that_sends_fast_while_the_replica_is_held_up_is_held_back_and_not_closed()
    {
        await using var server = await EndpointServer.StartAsync();
        var connections = server.Services.GetRequiredService<IReplicaConnections>();
        using var limit = new CancellationTokenSource(WireClient.Patience);
        var sink = new RecordingSink();
        var client = Open(connections, sink);
        await sink.AnswersAsync(1, limit.Token);

        // A write to this one holds the replica's loop, as a pause of the collector or a busy machine does.
        using var holding = new HoldingSink();
        var holder = Open(connections, holding);
        await holding.Held.WaitAsync(limit.Token);

        var batches = Enumerable.Range(0, Requests).Select(i => Create(i + 1, $"/n{i}")).Chunk(Batch).ToList();
        var posted = 0;
        while (posted < batches.Count && client.TryPost(batches[posted]))
        {
            posted++;
        }

        Assert.InRange(posted * Batch * Size, Batch * Size, 4 * 1024 * 1024);
        holding.Release();
        for (; posted < batches.Count; posted++)
        {
            await sink.MayBeReadAsync(limit.Token);
            while (!client.TryPost(batches[posted]))
            {
                Assert.True(await client.WaitToPostAsync(limit.Token), sink.ClosedFor);
            }
        }

        await sink.AnswersAsync(1 + Requests, limit.Token);
        Assert.Null(sink.ClosedFor);
        Assert.All(sink.Errors, error => Assert.Equal(ErrorCode.Ok, error));
        client.Close();
        holder.Close();
    }

    private static IReplicaConnection Open(IReplicaConnections connections, IConnectionSink sink)
    {
        var connection = connections.Open("root", IPAddress.Loopback, null, sink);
        Assert.NotNull(connection);
        Assert.True(connection.TryPost([WireClient.ConnectFrame(20_000).AsMemory(sizeof(int))]));
        return connection;
    }

    private static ReadOnlyMemory<byte> Create(int xid, string path) => WireClient.RequestFrame(xid, OpCode.Create, w =>
    {
        w.WriteString(path);
        w.WriteBuffer(new byte[Size]);
        w.WriteInt(1);
        w.WriteInt(31);
        w.WriteString("world");
        w.WriteString("anyone");
        w.WriteInt(0);
    }).AsMemory(sizeof(int));

    /// <summary>Blocks the replica with its first answer, which no real sink may do.</summary>
    private sealed class HoldingSink : IConnectionSink, IDisposable
    {
        private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualResetEventSlim _released = new();

        public Task Held => _held.Task;

        public void Release() => _released.Set();

        public bool TryWrite(ReadOnlySpan<byte> frames)
        {
            _held.TrySetResult();
            _released.Wait(WireClient.Patience);
            return true;
        }

        public void Flush()
        {
        }

        public void PauseReading(bool paused)
        {
        }

        public void Close(string reason)
        {
        }

        public void Dispose()
        {
            _released.Set();
            _released.Dispose();
        }
    }

    /// <summary>Keeps the error codes of all answers, and obeys pauses.</summary>
    private sealed class RecordingSink : IConnectionSink
    {
        private readonly Lock _lock = new();
        private readonly List<ErrorCode> _errors = [];
        private bool _connected;
        private bool _paused;

        public string? ClosedFor { get; private set; }

        public IReadOnlyList<ErrorCode> Errors
        {
            get
            {
                lock (_lock)
                {
                    return [.. _errors];
                }
            }
        }

        public Task AnswersAsync(int count, CancellationToken cancellationToken) =>
            UntilAsync(() => _errors.Count + (_connected ? 1 : 0) >= count || ClosedFor is not null, cancellationToken);

        public Task MayBeReadAsync(CancellationToken cancellationToken) => UntilAsync(() => !_paused || ClosedFor is not null, cancellationToken);

        public bool TryWrite(ReadOnlySpan<byte> frames)
        {
            lock (_lock)
            {
                while (frames.Length >= sizeof(int))
                {
                    var length = BinaryPrimitives.ReadInt32BigEndian(frames);
                    var frame = frames.Slice(sizeof(int), length);
                    if (_connected)
                    {
                        _errors.Add((ErrorCode)BinaryPrimitives.ReadInt32BigEndian(frame[12..]));
                    }

                    _connected = true;
                    frames = frames[(sizeof(int) + length)..];
                }
            }

            return true;
        }

        public void Flush()
        {
        }

        public void PauseReading(bool paused)
        {
            lock (_lock)
            {
                _paused = paused;
            }
        }

        public void Close(string reason)
        {
            lock (_lock)
            {
                ClosedFor = reason;
            }
        }

        private async Task UntilAsync(Func<bool> holds, CancellationToken cancellationToken)
        {
            while (true)
            {
                lock (_lock)
                {
                    if (holds())
                    {
                        return;
                    }
                }

                await Task.Delay(2, cancellationToken);
            }
        }
    }
}
