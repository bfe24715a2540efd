using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Sessions;
using GrainKeeper.Core.Tree;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Core.Replica;

/// <summary>
/// The replicated state of one tree: nodes and sessions. A host builds it before the core: from a snapshot by
/// <see cref="BeginRestore"/>, then from the log by <see cref="Replay"/>, and hands it to <see cref="ReplicaCore"/>, which owns it from then on.
/// </summary>
public sealed class ReplicaState
{
    /// <summary>The last transaction in the state; <see cref="Zxid.Zero"/> for an empty one.</summary>
    public Zxid LastApplied => Tree.LastApplied;

    /// <summary>The nodes.</summary>
    public DataTree Tree { get; private set; } = new();

    /// <summary>The sessions.</summary>
    public SessionTable Sessions { get; private set; } = new();

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
    public IStateReader OpenState() => new ReplicaStateReader(Tree.OpenState(), Sessions.ToArray(), SettledMembership, LatestMembership);

    /// <summary>Begins to build another state from such a copy; <see cref="IStateWriter.Complete"/> replaces the present content by it.</summary>
    public IStateWriter BeginRestore() => new ReplicaStateWriter(this);

    /// <summary>A state of a tree that came from elsewhere, without sessions.</summary>
    public static ReplicaState Of(DataTree tree) => new() { Tree = tree };

    /// <summary>How often the whole content was replaced.</summary>
    internal int Restores { get; private set; }

    /// <summary>Applies a transaction and tells what changes.</summary>
    /// <returns>The transaction's header.</returns>
    internal TxnHeader Apply(Txn txn, ITreeChangeListener? listener)
    {
        var change = Membership.ChangeOf(txn);
        var reader = new TxnReader(change);
        var header = reader.Header;
        Tree.Apply(txn.Zxid, change, listener);
        SettledMembership = LatestMembership;
        if (txn.Kind == TxnKind.Reconfiguration)
        {
            LatestMembership = Membership.Of(txn);
        }

        if (header.Type == OpCode.CreateSession && reader.MoveNext(out var operation))
        {
            Sessions.Set(header.SessionId, operation.Timeout);
        }
        else if (header.Type == OpCode.CloseSession)
        {
            Sessions.Remove(header.SessionId);
        }

        return header;
    }

    /// <summary>Takes over a restored state.</summary>
    internal void Replace(DataTree tree, SessionTable sessions, Membership? settled, Membership? latest)
    {
        SettledMembership = settled;
        LatestMembership = latest;
        Tree = tree;
        Sessions = sessions;
        Restores++;
    }
}
