using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica.Commits;
using GrainKeeper.Core.Replica.Events;
using GrainKeeper.Core.Replica.Results;
using GrainKeeper.Core.Sessions;
using GrainKeeper.Core.Tree;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Core.Replica;

/// <summary>
/// The replicated state of one tree: nodes, sessions, the answers that some of these keep, and the records of atomic commit. A host builds it before the core: from a snapshot by
/// <see cref="BeginRestore"/>, then from the log by <see cref="Replay"/>, and hands it to <see cref="ReplicaCore"/>, which owns it from then on.
/// </summary>
public sealed class ReplicaState
{
    private readonly ReplyBody _replayed = new();

    /// <summary>The last transaction in the state; <see cref="Zxid.Zero"/> for an empty one.</summary>
    public Zxid LastApplied => Tree.LastApplied;

    /// <summary>The nodes.</summary>
    public DataTree Tree { get; private set; } = new();

    /// <summary>The sessions.</summary>
    public SessionTable Sessions { get; private set; } = new();

    /// <summary>The sessions whose writes can be sent again, with the answers to their last ones.</summary>
    public ResultTable Results { get; private set; } = new();

    /// <summary>The records of atomic commit.</summary>
    public CommitTable Commits { get; private set; } = new();

    /// <summary>By which ACLs the events of the last transactions were judged.</summary>
    internal EventAcls EventAcls { get; private set; } = new(Zxid.Zero);

    /// <summary>The last reconfiguration in the state, or null when there never was one. After a start it may not be committed yet.</summary>
    public Membership? LatestMembership { get; private set; }

    /// <summary>
    /// The last reconfiguration that is surely committed, or null: one that another transaction follows, for a leader proposes nothing after one that is
    /// not committed.
    /// </summary>
    public Membership? SettledMembership { get; private set; }

    /// <summary>
    /// Applies a transaction of the log. Over a fuzzy snapshot it may be in the state already: the result is the same.
    /// A transaction at or below <see cref="LastApplied"/> is ignored.
    /// </summary>
    /// <param name="txn">The transaction.</param>
    /// <exception cref="FormatException">The payload is no transaction.</exception>
    public void Replay(Txn txn)
    {
        if (txn.Zxid > LastApplied)
        {
            Apply(txn, null);
        }
    }

    /// <summary>Begins a fuzzy copy: slices taken between transactions; what is applied meanwhile may or may not be in it.</summary>
    public IStateReader OpenState() => new ReplicaStateReader(
        Tree.OpenState(), Sessions.ToArray(), Commits.ToArray(), SettledMembership, LatestMembership, new ResultSlices(Results));

    /// <summary>Begins to build another state from such a copy; <see cref="IStateWriter.Complete"/> replaces the present content by it.</summary>
    public IStateWriter BeginRestore() => new ReplicaStateWriter(this);

    /// <summary>A state of a tree that came from elsewhere, without sessions.</summary>
    public static ReplicaState Of(DataTree tree) => new() { Tree = tree, EventAcls = EventAcls.Of(tree) };

    /// <summary>How often the whole content was replaced.</summary>
    internal int Restores { get; private set; }

    /// <summary>Applies a transaction and tells what changes.</summary>
    /// <param name="txn">The transaction.</param>
    /// <param name="listener">Hears of the changes, or null.</param>
    /// <param name="reply">Where the listener writes down the answer; null to have it done here when it is kept.</param>
    /// <returns>The transaction's header.</returns>
    internal TxnHeader Apply(Txn txn, ITreeChangeListener? listener, ReplyBody? reply = null)
    {
        var change = Membership.ChangeOf(txn);
        var reader = new TxnReader(change);
        var header = reader.Header;
        if (header.KeepsResult && reply is null)
        {
            listener = reply = _replayed;
            reply.Begin(header.Type, header.Type);
        }

        Tree.Apply(txn.Zxid, change, EventAcls.Before(listener));
        SettledMembership = LatestMembership;
        if (txn.Kind == TxnKind.Reconfiguration)
        {
            LatestMembership = Membership.Of(txn);
        }

        if (header.Type == OpCode.CreateSession && reader.MoveNext(out var operation))
        {
            Sessions.Set(header.SessionId, operation.Timeout);
            Results.Open(header.SessionId, operation.KeptResults);
        }
        else if (header.Type == OpCode.CloseSession)
        {
            Sessions.Remove(header.SessionId);
            Results.Remove(header.SessionId);
        }
        else if (header.KeepsResult)
        {
            reply!.End();
            Results.Keep(header.SessionId, header.Cxid, txn.Zxid, reply);
        }
        else if (header.Type is OpCode.CommitRecord or OpCode.CommitForget or OpCode.CommitFinish && reader.MoveNext(out var commit))
        {
            Commits.Apply(commit);
        }

        return header;
    }

    /// <summary>Takes over a restored state.</summary>
    internal void Replace(DataTree tree, SessionTable sessions, ResultTable results, CommitTable commits, Membership? settled, Membership? latest)
    {
        Results = results;
        Commits = commits;
        SettledMembership = settled;
        LatestMembership = latest;
        Tree = tree;
        EventAcls = EventAcls.Of(tree);
        Sessions = sessions;
        Restores++;
    }
}
