using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Zab;
using GrainKeeper.Simulation.Checking;

namespace GrainKeeper.Simulation.Tests.Checking;

/// <summary>A server that does what a test says, right or wrong.</summary>
internal sealed class FakeServer(int id) : ICheckedServer
{
    public ServerId Id { get; } = new(id);

    public int Core { get; set; } = 1;

    public DiskImage Image { get; } = new();

    public long Token { get; private set; }

    public ReplicaStatus Status { get; private set; } = new(
        "root", new ServerId(id), ZabRole.Looking, ZabPhase.Election, null, default, default, default, default, default, 0, 0, 0, 0, 0, 0, 0, 0, false);

    /// <summary>Makes epoch files durable.</summary>
    public FakeServer Promise(int epoch)
    {
        Image.AcceptedEpoch = new Epoch(epoch);
        return this;
    }

    public FakeServer Enter(int epoch)
    {
        Image.CurrentEpoch = new Epoch(epoch);
        return this;
    }

    /// <summary>Makes transactions durable.</summary>
    public FakeServer Store(params Txn[] txns)
    {
        foreach (var txn in txns)
        {
            Image.Append(txn);
        }

        return this;
    }

    public ZabEffect.Append Append(params Txn[] txns) => new(txns, ++Token);

    public ZabEffect.TruncateLog Truncate(Zxid keep) => new(keep, ++Token);

    public ReplicaStatus Be(ZabRole role, ZabPhase phase, int epoch, Zxid committed, Zxid? applied = null) => Status = Status with
    {
        Role = role,
        Phase = phase,
        AcceptedEpoch = new Epoch(epoch),
        CurrentEpoch = new Epoch(epoch),
        LastLogged = new Zxid(long.MaxValue),
        LastCommitted = committed,
        LastApplied = applied ?? committed,
    };
}
