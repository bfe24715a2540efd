using System.Net;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Core.Tests.Replica;

public class CostTests
{
    private const int Batch = 100;
    private readonly ReplicaCore _core;
    private readonly ReplicaState _state = new();
    private readonly List<Effect> _effects = [];
    private readonly ConnectionId _client = new(1);

    public CostTests()
    {
        _core = new ReplicaCore(
            new ServerId(1),
            new QuorumConfiguration(Zxid.Zero, [new Member(new ServerId(1), MemberRole.Participant)]),
            new ReplicaOptions { Secret = new byte[16] },
            new RecoveredHistory(default, default, Zxid.Zero, Zxid.Zero, []),
            _state,
            firstChannel: 1,
            seed: 1);
        Step(new ReplicaInput.Zab(new ZabInput.Elected(new ServerId(1))));
        Step(new ReplicaInput.ConnectionOpened(_client, IPAddress.Loopback));
        Send([Frames.Connect()]);
        Send([Frames.Request(1, OpCode.Create, Frames.Create("/a", new string('x', 100)))]);
    }

    [Fact]
    public void A_read_allocates_little_more_than_its_answer() =>
        Assert.InRange(BytesOf(Frames.Request(2, OpCode.GetData, Frames.PathWatch("/a"))), 1, 300);

    [Theory]
    [InlineData(60_000)]
    [InlineData(130_000)]
    [InlineData(262_144)]
    [InlineData(1_000_000)]
    public void A_read_of_a_large_value_allocates_its_answer_once(int size)
    {
        Send([Frames.Request(1, OpCode.Create, Frames.Create("/large", new string('x', size)))]);
        Assert.InRange(BytesOf(Frames.Request(2, OpCode.GetData, Frames.PathWatch("/large")), batch: 1), size, (size * 1.02) + 1_000);
    }

    [Fact]
    public void A_ping_allocates_little_more_than_its_answer() =>
        Assert.InRange(BytesOf(Frames.Request(-2, OpCode.Ping, [])), 1, 60);

    [Fact]
    public void A_write_allocates_its_transaction_the_new_data_and_the_answer_and_little_more() =>
        Assert.InRange(BytesOf(Frames.Request(2, OpCode.SetData, Frames.SetData("/a", new string('y', 100)))), 1, 1_000);

    /// <summary>Bytes allocated for one request, when so many come at a time.</summary>
    private long BytesOf(byte[] frame, int batch = Batch)
    {
        var frames = Enumerable.Repeat((ReadOnlyMemory<byte>)frame, batch).ToArray();
        for (var i = 0; i < 50; i++)
        {
            Step(new ReplicaInput.ClientFrames(_client, frames));
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            Step(new ReplicaInput.ClientFrames(_client, frames));
        }

        return (GC.GetAllocatedBytesForCurrentThread() - before) / (100 * batch);
    }

    private void Send(byte[][] frames) => Step(new ReplicaInput.ClientFrames(_client, [.. frames.Select(f => (ReadOnlyMemory<byte>)f)]));

    private void Step(ReplicaInput input)
    {
        _effects.Clear();
        _core.Step(input, new Now(1_000, 1_700_000_000_000), _effects);
        long token = 0;
        foreach (var effect in _effects)
        {
            token = effect switch
            {
                ZabEffect.Append append => append.Token,
                ZabEffect.WriteAcceptedEpoch accepted => accepted.Token,
                ZabEffect.WriteCurrentEpoch current => current.Token,
                _ => token,
            };
        }

        if (token > 0)
        {
            Step(new ReplicaInput.Zab(new ZabInput.Persisted(token)));
        }
    }
}
