namespace GrainKeeper.Core.AtomicCommit;

/// <summary>A transaction that a caller wants to be run.</summary>
public sealed class TransactionRequest
{
    /// <summary>The most bytes of one participant's operations.</summary>
    public const int MaxPayload = 1024 * 1024;

    /// <summary>The greatest <see cref="LockWait"/> and <see cref="VoteTimeout"/>, in ms: 1 h.</summary>
    public const int MaxPatience = 3_600_000;

    /// <summary>Makes a request.</summary>
    /// <param name="protocol">How to agree.</param>
    /// <param name="operations">What each participant shall do; its meaning is the participant's.</param>
    /// <param name="acceptors">With Paxos Commit the number of acceptors.</param>
    /// <param name="sites">Where they live, see <see cref="TransactionTerms.Sites"/>; null for none.</param>
    /// <exception cref="FormatException">A value is out of its range.</exception>
    public TransactionRequest(CommitProtocol protocol, IReadOnlyDictionary<ParticipantId, ReadOnlyMemory<byte>> operations, int acceptors = 0, IReadOnlyList<int>? sites = null)
    {
        Terms = new TransactionTerms(protocol, [.. operations.Keys.Order()], acceptors) { Sites = sites ?? [] }.Demand();
        Payloads = [.. Terms.Participants.Select(p => operations[p])];
        foreach (var (participant, payload) in operations)
        {
            if (payload.Length > MaxPayload)
            {
                throw new FormatException($"the operations for {participant} take {payload.Length} bytes, at most {MaxPayload}: split the transaction");
            }
        }
    }

    /// <summary>Who takes part, and how.</summary>
    public TransactionTerms Terms { get; }

    /// <summary>How long the participants may wait for locks, in ms; longer than their own <see cref="CommitOptions.LockWait"/> counts as that. 0 (default) for just that, at most <see cref="MaxPatience"/>.</summary>
    /// <exception cref="FormatException">It is out of its range.</exception>
    public int LockWait
    {
        get;
        init => field = Demand(nameof(LockWait), value);
    }

    /// <summary>How long to wait for all votes, in ms; longer than the coordinator's own <see cref="CommitOptions.VoteTimeout"/> counts as that. 0 (default) for just that, at most <see cref="MaxPatience"/>.</summary>
    /// <exception cref="FormatException">It is out of its range.</exception>
    public int VoteTimeout
    {
        get;
        init => field = Demand(nameof(VoteTimeout), value);
    }

    /// <summary>What each participant shall do, in the order of the terms.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Payloads { get; }

    private static int Demand(string name, int value) =>
        value is >= 0 and <= MaxPatience ? value : throw new FormatException($"{name} is {value} ms: give 1 to {MaxPatience}, or 0 for the servers' own");
}
