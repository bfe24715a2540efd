using GrainKeeper.Core.AtomicCommit;

namespace GrainKeeper.Grains.Transactions;

/// <summary>What a host of parties hears. What belongs to one leadership is void in the next.</summary>
internal abstract record CommitNews
{
    /// <summary>Messages of other parties.</summary>
    public sealed record Arrived(IReadOnlyList<CommitDelivery> Messages, int Bytes) : CommitNews;

    /// <summary>The log is this server's, and holds this.</summary>
    public sealed record Leads(ICommitLog Log, long Incarnation, IReadOnlyList<StoredParty> Stored, long First) : CommitNews;

    /// <summary>The log is this server's no more.</summary>
    public sealed record Resigns(long Incarnation, string Reason) : CommitNews;

    /// <summary>A forced record is durable, or nobody knows.</summary>
    public sealed record Written(HostedParty Party, CommitMachine Machine, long Token, bool Durable) : CommitNews;

    /// <summary>A resource has answered a machine.</summary>
    public sealed record Answered(HostedParty Party, CommitMachine Machine, CommitInput Input) : CommitNews;

    /// <summary>A party's records were read again.</summary>
    public sealed record WasRead(HostedParty Party, IReadOnlyList<CommitRecord>? Records) : CommitNews;

    /// <summary>A grain's method wants something done.</summary>
    public sealed record Asked(Action Act) : CommitNews;
}
