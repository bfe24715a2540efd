using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Core.Replica;

/// <summary>
/// The replicated state of one tree: nodes and sessions. A host builds it before the core: from a snapshot by
/// <see cref="BeginRestore"/>, then from the log by <see cref="Replay"/>, and hands it to <see cref="ReplicaCore"/>, which owns it from then on.
/// </summary>
public sealed class ReplicaState
{
    /// <summary>The last transaction in the state; <see cref="Zxid.Zero"/> for an empty one.</summary>
    public Zxid LastApplied { get; private set; }

    /// <summary>
    /// Applies a transaction of the log. Over a fuzzy snapshot it may be in the state already: the result is the same.
    /// A transaction at or below <see cref="LastApplied"/> is ignored.
    /// </summary>
    /// <param name="txn">The transaction.</param>
    /// <exception cref="FormatException">The payload is no transaction.</exception>
    public void Replay(Txn txn) => throw new NotImplementedException();

    /// <summary>Begins a fuzzy copy: slices taken between transactions; what is applied meanwhile may or may not be in it.</summary>
    public IStateReader OpenState() => throw new NotImplementedException();

    /// <summary>Begins to build another state from such a copy; <see cref="IStateWriter.Complete"/> replaces the present content by it.</summary>
    public IStateWriter BeginRestore() => throw new NotImplementedException();
}
