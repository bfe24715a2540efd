using System.Buffers;
using GrainKeeper.Core.AtomicCommit;

namespace GrainKeeper.Simulation.AtomicCommit;

/// <summary>Carries messages between processes, badly.</summary>
public sealed class CommitNetwork(EventLoop loop, SimRandom random, CommitProfile profile, CommitStatistics statistics, Func<CommitParty, CommitNode> place)
{
    private readonly HashSet<(int From, int To)> _blocked = [];

    /// <summary>Whether it still loses, doubles and delays.</summary>
    public bool Hostile { get; set; } = true;

    /// <summary>Sends.</summary>
    public void Send(CommitNode from, CommitEnvelope envelope)
    {
        var to = place(envelope.To);
        statistics.Messages++;
        statistics.Recoveries += envelope.Message is CommitMessage.StateRequest or CommitMessage.Phase1A ? 1 : 0;
        if (from != to && (_blocked.Contains((from.Number, to.Number)) || (Hostile && random.Chance(profile.Loss))))
        {
            statistics.Lost++;
            return;
        }

        var wire = RoundTrip(envelope);
        Deliver(from, to, wire);
        if (Hostile && random.Chance(profile.Duplicates))
        {
            Deliver(from, to, wire);
        }
    }

    /// <summary>Lets nothing through in one direction.</summary>
    public void Block(int from, int to) => _blocked.Add((from, to));

    /// <summary>Lets everything through again.</summary>
    public void Heal() => _blocked.Clear();

    private void Deliver(CommitNode from, CommitNode to, CommitEnvelope envelope)
    {
        var delay = from == to ? 1
            : Hostile && random.Chance(profile.Stragglers) ? random.Between(50, profile.Lateness)
            : random.Between(50, profile.MaxDelay);
        loop.After(delay, () => to.Receive(envelope));
    }

    private CommitEnvelope RoundTrip(CommitEnvelope envelope)
    {
        if (!profile.UseCodecs)
        {
            return envelope;
        }

        var buffer = new ArrayBufferWriter<byte>(256);
        CommitEnvelopeCodec.Encode(buffer, envelope);
        return CommitEnvelopeCodec.Decode(buffer.WrittenMemory);
    }
}
