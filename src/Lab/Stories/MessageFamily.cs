namespace GrainKeeper.Lab.Stories;

/// <summary>What a message is about.</summary>
public enum MessageFamily
{
    /// <summary>Who shall lead.</summary>
    Election,

    /// <summary>One order of transactions: ZAB.</summary>
    Broadcast,

    /// <summary>A client and its server.</summary>
    Client,

    /// <summary>A transaction at all participants or none: 2PC, 3PC, Paxos Commit.</summary>
    Commit,
}
