using GrainKeeper.Core.AtomicCommit;

namespace GrainKeeper.Grains.Transactions;

/// <summary>Finds what a participant guards.</summary>
internal interface ICommitResources
{
    /// <summary>The resource of a participant, or null when this server knows none of that name.</summary>
    ICommitResource? Find(ParticipantId participant);
}
