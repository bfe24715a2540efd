using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Zab;

/// <summary>
/// The disk effects under way, in their order, and how far the log is durable. Roles come and go above it: an effect of an earlier role is
/// ahead of all later ones, so a confirmed token speaks of the log as it is now, never of a transaction that was cut since.
/// </summary>
internal sealed class DiskQueue(Zxid durable)
{
    private readonly Queue<(long Token, Zxid Last)> _pending = new();

    /// <summary>The token of the last effect.</summary>
    public long LastIssued { get; private set; }

    /// <summary>The token up to which all is durable.</summary>
    public long Persisted { get; private set; }

    /// <summary>The last durable zxid of the present log.</summary>
    public Zxid Durable { get; private set; } = durable;

    public bool IsDrained => Persisted == LastIssued;

    /// <summary>A new effect, after which the log ends with <paramref name="last"/>.</summary>
    public long Issue(Zxid last)
    {
        _pending.Enqueue((++LastIssued, last));
        return LastIssued;
    }

    public void Confirm(long token)
    {
        Invariant.That(token <= LastIssued, $"the host confirms disk token {token}, but the last one given is {LastIssued}");
        while (_pending.TryPeek(out var next) && next.Token <= token)
        {
            Durable = _pending.Dequeue().Last;
        }

        Persisted = Math.Max(Persisted, token);
    }

    /// <summary>The log is being cut: what is under way confirms nothing above <paramref name="keepUpTo"/> any more.</summary>
    public void Cut(Zxid keepUpTo)
    {
        for (var i = _pending.Count; i > 0; i--)
        {
            var (token, last) = _pending.Dequeue();
            _pending.Enqueue((token, last > keepUpTo ? keepUpTo : last));
        }

        Durable = Durable > keepUpTo ? keepUpTo : Durable;
    }

    /// <summary>The log is being replaced: until that is done nothing of the new one is durable.</summary>
    public void Replace()
    {
        for (var i = _pending.Count; i > 0; i--)
        {
            _pending.Enqueue((_pending.Dequeue().Token, Zxid.Zero));
        }

        Durable = Zxid.Zero;
    }
}
