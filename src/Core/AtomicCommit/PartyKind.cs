namespace GrainKeeper.Core.AtomicCommit;

/// <summary>A part in a transaction.</summary>
public enum PartyKind
{
    /// <summary>2PC's and 3PC's coordinator, and Paxos Commit's first leader.</summary>
    Coordinator = 1,

    /// <summary>A participant (Paxos Commit: resource manager).</summary>
    Participant = 2,

    /// <summary>A Paxos Commit acceptor.</summary>
    Acceptor = 3,

    /// <summary>A Paxos Commit leader for recovery; number n lives beside acceptor n.</summary>
    Leader = 4,
}
