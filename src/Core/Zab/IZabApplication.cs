using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Zab;

/// <summary>
/// The state machine above ZAB. ZAB calls it synchronously within its step; it must not call back into ZAB except where said.
/// </summary>
public interface IZabApplication
{
    /// <summary>The last transaction applied to the state.</summary>
    Zxid LastApplied { get; }

    /// <summary>
    /// The last configuration that a <see cref="TxnKind.Reconfiguration"/> put into the state, or null when there never was one. ZAB asks for it
    /// at the start and after a state from a leader was restored; it may not be committed yet.
    /// </summary>
    QuorumConfiguration? Configuration => null;

    /// <summary>
    /// The last configuration that is in the state and surely committed, or null when there is none. Null too where the application cannot tell: then
    /// <see cref="Configuration"/> is only what may have been committed, and stays in force together with the one known before.
    /// </summary>
    QuorumConfiguration? SettledConfiguration => null;

    /// <summary>Apply a committed transaction. Called in zxid order, each once; after a restored fuzzy state some may be in it already.</summary>
    /// <param name="txn">The transaction.</param>
    /// <param name="now">The moment.</param>
    /// <param name="effects">Where replies and events go.</param>
    void Deliver(Txn txn, Now now, List<Effect> effects);

    /// <summary>The role or phase has changed. In <see cref="ZabPhase.Broadcast"/> the application serves; a leader may call <c>ZabPeer.Propose</c> after this returns.</summary>
    void RoleChanged(ZabRole role, ZabPhase phase, ServerId? leader, Now now, List<Effect> effects);

    /// <summary>A message that the application of a peer sent on the channel. Never called outside <see cref="ZabPhase.Broadcast"/>.</summary>
    /// <exception cref="FormatException">The bytes are no message: ZAB closes the channel, and this server goes on.</exception>
    void MessageReceived(ServerId from, ReadOnlyMemory<byte> payload, Now now, List<Effect> effects);

    /// <summary>On the leader: a learner is synchronized and may be served.</summary>
    void LearnerJoined(ServerId learner, Now now, List<Effect> effects);

    /// <summary>On the leader: a learner is gone.</summary>
    void LearnerLost(ServerId learner, Now now, List<Effect> effects);

    /// <summary>Begin a fuzzy copy of the state: slices taken between transactions; what is applied meanwhile may or may not be in it.</summary>
    IStateReader OpenState();

    /// <summary>Begin to build a state from a copy, beside the present one.</summary>
    IStateWriter BeginRestore();
}
