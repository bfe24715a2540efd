namespace GrainKeeper.Core.Replica.Commits;

/// <summary>What became of a <see cref="CommitRequest"/>.</summary>
public enum CommitAnswer
{
    /// <summary>It is committed: on a quorum's disks, and in every state to come.</summary>
    Done = 1,

    /// <summary>It was not done and will not be: this server does not lead, or a limit is reached.</summary>
    Refused = 2,

    /// <summary>The leadership has ended with it under way: the next leader's records tell.</summary>
    Unknown = 3,
}
