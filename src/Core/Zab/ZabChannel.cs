using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Zab;

/// <summary>
/// One side's view of a channel: numbers what goes out, orders what comes in. A channel's low 8 bits are the id of the learner that opened it, so that
/// two servers that were each other's leader in turn never confuse their channels.
/// </summary>
internal sealed class ZabChannel(ServerId peer, long number)
{
    private const int IdBits = 8;
    private long _nextSent;
    private long _nextReceived;

    public enum Order
    {
        /// <summary>The next one.</summary>
        Next,

        /// <summary>Seen before.</summary>
        Repeated,

        /// <summary>One before it was lost.</summary>
        Gap,
    }

    public ServerId Peer { get; } = peer;

    public long Number { get; } = number;

    /// <summary>The number of a learner's nth channel.</summary>
    public static long NumberOf(ServerId learner, long count) => (count << IdBits) | (uint)learner.Value;

    /// <summary>The learner that opened a channel.</summary>
    public static ServerId OpenerOf(long number) => new((int)(number & ((1 << IdBits) - 1)));

    public void Send(ZabMessage message, List<Effect> effects) =>
        effects.Add(new ZabEffect.Send(Peer, new ZabEnvelope(Number, _nextSent++, message)));

    public Order Receive(ZabEnvelope envelope)
    {
        if (envelope.Sequence != _nextReceived)
        {
            return envelope.Sequence < _nextReceived ? Order.Repeated : Order.Gap;
        }

        _nextReceived++;
        return Order.Next;
    }
}
