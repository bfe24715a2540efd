using GrainKeeper.Core.AtomicCommit;

namespace GrainKeeper.Grains.Transactions;

/// <summary>A message and the protocol of its sender: a receiver without memory must know it before it says anything.</summary>
/// <param name="Protocol">The protocol.</param>
/// <param name="Envelope">The message and its way.</param>
internal sealed record CommitDelivery(CommitProtocol Protocol, CommitEnvelope Envelope);
