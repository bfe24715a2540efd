using GrainKeeper.Contracts.Peers;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Grains.Peers;

/// <summary>What a link's batches say of their sender.</summary>
/// <param name="Self">The sending server.</param>
/// <param name="Incarnation">The start of its replica.</param>
/// <param name="TreeCreated">The tree's identity; see <see cref="PeerBatch.TreeCreated"/>.</param>
/// <param name="Signer">Makes the proofs of the tree's links of one kind.</param>
internal readonly record struct PeerLinkIdentity(ServerId Self, long Incarnation, Zxid TreeCreated, LinkSigner Signer);
