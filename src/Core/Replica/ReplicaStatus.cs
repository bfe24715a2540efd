using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Core.Replica;

/// <summary>What a replica is doing, at one moment.</summary>
/// <param name="Tree">The tree's name.</param>
/// <param name="Self">This server.</param>
/// <param name="Role">Its role.</param>
/// <param name="Phase">Its phase within the role.</param>
/// <param name="Leader">The leader, or null while looking.</param>
/// <param name="AcceptedEpoch">The last epoch promised.</param>
/// <param name="CurrentEpoch">The last epoch whose history is durable here.</param>
/// <param name="LastLogged">The last zxid handed to the log.</param>
/// <param name="LastCommitted">The last zxid known to be committed.</param>
/// <param name="LastApplied">The last zxid applied to the tree.</param>
/// <param name="Nodes">Nodes of the tree, the root included.</param>
/// <param name="Ephemerals">Ephemeral nodes of the tree.</param>
/// <param name="DataBytes">Bytes of data and paths, about.</param>
/// <param name="Watches">Watches set on this server.</param>
/// <param name="Sessions">Sessions of the whole ensemble.</param>
/// <param name="Connections">Clients connected to this server.</param>
/// <param name="Outstanding">Requests taken from clients of this server and not answered yet.</param>
/// <param name="Proposals">Proposals that wait for their quorum; 0 unless this server leads.</param>
/// <param name="Serving">Whether clients are served with reads and writes.</param>
public sealed record ReplicaStatus(
    string Tree,
    ServerId Self,
    ZabRole Role,
    ZabPhase Phase,
    ServerId? Leader,
    Epoch AcceptedEpoch,
    Epoch CurrentEpoch,
    Zxid LastLogged,
    Zxid LastCommitted,
    Zxid LastApplied,
    long Nodes,
    long Ephemerals,
    long DataBytes,
    long Watches,
    long Sessions,
    int Connections,
    int Outstanding,
    int Proposals,
    bool Serving);
