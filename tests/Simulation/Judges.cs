using GrainKeeper.Core;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Zab;
using GrainKeeper.Simulation.Checking;
using GrainKeeper.Simulation.Model;
using GrainKeeper.Simulation.Servers;

namespace GrainKeeper.Simulation;

/// <summary>All checks of one run, joined.</summary>
public sealed class Judges : IServerWitness
{
    private readonly Trace _trace;

    /// <summary>Joins the checks.</summary>
    public Judges(EventLoop loop, QuorumConfiguration configuration, Trace trace, bool bare)
    {
        _trace = trace;
        Broadcast = new BroadcastChecker(loop, configuration);
        States = new StateChecker(bare ? null : Model, Commits, Transactions);
        Sequence = new SequenceJudge(loop, Model, Requests, Commits, Transactions);
        Clients = new ClientChecker(Broadcast, Model, Requests, Sequence);
        if (!bare)
        {
            Broadcast.Established += Sequence.Established;
            Broadcast.Proposed += Sequence.Proposed;
        }

        Broadcast.Committed += committed =>
        {
            trace.Mix(committed.Txn.Zxid.Value);
            if (!bare)
            {
                Sequence.Committed(committed.Txn);
            }
        };
    }

    /// <summary>ZAB's properties.</summary>
    public BroadcastChecker Broadcast { get; }

    /// <summary>The tree as it should be.</summary>
    public TreeModel Model { get; } = new();

    /// <summary>The records of atomic commit.</summary>
    public CommitRecordChecker Commits { get; } = new();

    /// <summary>Transactions in which the tree takes part.</summary>
    public TreeTransactionChecker Transactions { get; } = new();

    /// <summary>What clients have asked.</summary>
    public RequestRegistry Requests { get; } = new();

    /// <summary>Servers' states against each other and the model.</summary>
    public StateChecker States { get; }

    /// <summary>Transactions against requests.</summary>
    public SequenceJudge Sequence { get; }

    /// <summary>What clients see.</summary>
    public ClientChecker Clients { get; }

    /// <summary>Steps checked.</summary>
    public long Steps { get; private set; }

    /// <inheritdoc/>
    public void Started(SimServer server) => Broadcast.Started(server);

    /// <inheritdoc/>
    public void Stopped(SimServer server) => Broadcast.Stopped(server.Id);

    /// <inheritdoc/>
    public void Stepped(SimServer server, IReadOnlyList<Effect> effects)
    {
        Steps++;
        var status = server.Replica!.Status;
        _trace.Mix((server.Id.Value << 20) + effects.Count);
        Broadcast.Stepped(server, status, effects);
        foreach (var effect in effects)
        {
            if (effect is not ReplicaEffect.SendToClient send)
            {
                continue;
            }

            Clients.Answers(send.Connection, status.CurrentEpoch);
            if (!Broadcast.IsCommitted(status.LastApplied))
            {
                throw new PropertyViolatedException("only committed state is shown", $"server {server.Id} answers a client while its state is at {status.LastApplied}, which is not committed");
            }
        }
    }

    /// <summary>Compares the states of all servers that serve.</summary>
    public void CompareStates(IEnumerable<SimServer> servers)
    {
        foreach (var server in servers)
        {
            if (server.Replica is { } replica && replica.Status is { Phase: ZabPhase.Broadcast } status)
            {
                States.Check(server.Id, status.LastApplied, replica.Facts());
            }
        }
    }

    /// <inheritdoc/>
    public void DiskChanged(SimServer server) => Broadcast.DiskChanged(server, Broadcast.Disks);
}
