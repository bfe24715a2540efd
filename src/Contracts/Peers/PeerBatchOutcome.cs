namespace GrainKeeper.Contracts.Peers;

/// <summary>What a receiver did with a batch.</summary>
[GenerateSerializer, Alias("gk.PeerBatchOutcome")]
public enum PeerBatchOutcome
{
    /// <summary>It is queued for the receiver's core, or had been before: go on with the next number.</summary>
    Accepted = 0,

    /// <summary>The tree is not running on the receiver yet, or its queue is full: send the same batch again a little later.</summary>
    NotReady = 1,

    /// <summary>The receiver lacks batches before this one, or knows a newer link: messages are lost, begin a new link.</summary>
    Reset = 2,

    /// <summary>The batch is not acceptable at all (a stranger, a wrong tree, damaged or too large): the link's operator must look at the log.</summary>
    Refused = 3,
}
