namespace GrainKeeper.Core.AtomicCommit;

/// <summary>What everyone in a transaction knows of it.</summary>
/// <param name="Protocol">How they agree.</param>
/// <param name="Participants">Who takes part, sorted, without repetition: 1 to <see cref="MaxParticipants"/>.</param>
/// <param name="Acceptors">With Paxos Commit 2F+1, an odd number from 1 to <see cref="MaxAcceptors"/>; otherwise 0.</param>
public sealed record TransactionTerms(CommitProtocol Protocol, IReadOnlyList<ParticipantId> Participants, int Acceptors)
{
    /// <summary>The most participants of a transaction.</summary>
    public const int MaxParticipants = 64;

    /// <summary>The most acceptors.</summary>
    public const int MaxAcceptors = 15;

    /// <summary>The greatest number of a site.</summary>
    public const int MaxSite = 255;

    /// <summary>
    /// Where the acceptors live, and the leaders beside them: acceptor n at site n-1 of this list, by its server's id. Everyone must go to the same ones for as long as the transaction lives, whatever
    /// servers come and go meanwhile. Empty when whoever hosts the parties knows otherwise.
    /// </summary>
    public IReadOnlyList<int> Sites { get; init; } = [];

    /// <summary>F+1: acceptors of which any two sets share a member.</summary>
    public int Majority => (Acceptors / 2) + 1;

    /// <summary>The place of a participant, or -1.</summary>
    public int IndexOf(ParticipantId participant)
    {
        int low = 0, high = Participants.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = Participants[middle].CompareTo(participant);
            if (order == 0)
            {
                return middle;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return -1;
    }

    /// <summary>Throws when something is out of its range.</summary>
    /// <exception cref="FormatException">It names what, and the range.</exception>
    public TransactionTerms Demand()
    {
        if (Protocol is not (CommitProtocol.TwoPhase or CommitProtocol.ThreePhase or CommitProtocol.PaxosCommit))
        {
            throw new FormatException($"commit protocol {(int)Protocol} is unknown");
        }

        if (Participants.Count is < 1 or > MaxParticipants)
        {
            throw new FormatException($"a transaction has 1 to {MaxParticipants} participants, this one {Participants.Count}");
        }

        for (var i = 0; i < Participants.Count; i++)
        {
            if (!Participants[i].IsValid || (i > 0 && Participants[i - 1] >= Participants[i]))
            {
                throw new FormatException($"participant '{Participants[i]}' is not allowed, out of order or named twice");
            }
        }

        if (Sites.Count != 0 && (Sites.Count != Acceptors || Sites.Any(s => s is < 1 or > MaxSite) || Sites.Distinct().Count() != Sites.Count))
        {
            throw new FormatException($"{Sites.Count} sites for {Acceptors} acceptors: give one for each, different numbers from 1 to {MaxSite}, or none");
        }

        var acceptorsFit = Protocol == CommitProtocol.PaxosCommit ? Acceptors is >= 1 and <= MaxAcceptors && Acceptors % 2 == 1 : Acceptors == 0;
        return acceptorsFit
            ? this
            : throw new FormatException($"{Acceptors} acceptors: Paxos Commit takes an odd number from 1 to {MaxAcceptors}, the other protocols none");
    }

    /// <inheritdoc/>
    public bool Equals(TransactionTerms? other) =>
        other is not null && Protocol == other.Protocol && Acceptors == other.Acceptors && Participants.SequenceEqual(other.Participants) && Sites.SequenceEqual(other.Sites);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Protocol, Acceptors, Participants.Count, Participants.Count > 0 ? Participants[0] : default);
}
