namespace GrainKeeper.Core.AtomicCommit;

/// <summary>A transaction that a caller wants to be run.</summary>
public sealed class TransactionRequest
{
    /// <summary>The most bytes of one participant's operations.</summary>
    public const int MaxPayload = 1024 * 1024;

    /// <summary>Makes a request.</summary>
    /// <param name="protocol">How to agree.</param>
    /// <param name="operations">What each participant shall do; its meaning is the participant's.</param>
    /// <param name="acceptors">With Paxos Commit the number of acceptors.</param>
    /// <exception cref="FormatException">A value is out of its range.</exception>
    public TransactionRequest(CommitProtocol protocol, IReadOnlyDictionary<ParticipantId, ReadOnlyMemory<byte>> operations, int acceptors = 0)
    {
        Terms = new TransactionTerms(protocol, [.. operations.Keys.Order()], acceptors).Demand();
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

    /// <summary>What each participant shall do, in the order of the terms.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Payloads { get; }
}
