using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Zab;

/// <summary>
/// The committed configuration and those of reconfigurations that are logged but not committed: all of them are in force together. Follows the
/// log: an entry comes with the transaction, goes when it is cut, and becomes the committed one with its commit.
/// </summary>
internal sealed class ConfigurationsInForce(QuorumConfiguration committed)
{
    private readonly List<Entry> _pending = [];
    private Entry _committed = new(committed, committed.Version, Zxid.Zero, new QuorumPosition(committed));

    public QuorumConfiguration Committed => _committed.Configuration;

    public bool IsAnyPending => _pending.Count > 0;

    /// <summary>Reads the configuration of a transaction, under the version that its place in the order gives it.</summary>
    /// <exception cref="FormatException">The payload holds none.</exception>
    public static QuorumConfiguration Read(Txn txn) =>
        new(txn.Zxid, QuorumConfigurationCodec.Decode(txn.Payload.Span, out _).Members);

    /// <summary>A transaction was appended to the log.</summary>
    public void Logged(Txn txn, Zxid previous)
    {
        if (txn.Kind == TxnKind.Reconfiguration && txn.Zxid > Committed.Version)
        {
            var configuration = Read(txn);
            _pending.Add(new Entry(configuration, txn.Zxid, previous, new QuorumPosition(configuration)));
        }
    }

    public void Cut(Zxid keepUpTo) => _pending.RemoveAll(e => e.Zxid > keepUpTo);

    /// <summary>All up to the zxid is committed.</summary>
    /// <returns>Whether the committed configuration is another one now.</returns>
    public bool CommittedUpTo(Zxid zxid)
    {
        var changed = false;
        while (_pending.Count > 0 && _pending[0].Zxid <= zxid)
        {
            _committed = _pending[0];
            _pending.RemoveAt(0);
            changed = true;
        }

        return changed;
    }

    /// <summary>
    /// The log was replaced by a state. What that holds may have come from a leader before its epoch was established, so its last configuration is
    /// in force together with the one before until its commit is learnt.
    /// </summary>
    /// <param name="settled">The last one that is surely committed, or null.</param>
    /// <param name="last">The last one, or null.</param>
    public void Replace(QuorumConfiguration? settled, QuorumConfiguration? last)
    {
        _pending.Clear();
        if (settled is not null && settled.Version > Committed.Version)
        {
            _committed = new Entry(settled, settled.Version, Zxid.Zero, new QuorumPosition(settled));
        }

        Recover(last);
    }

    /// <summary>Takes note of the state's last configuration when its transaction is no longer among those in memory.</summary>
    public void Recover(QuorumConfiguration? last)
    {
        if (last is not null && last.Version > Committed.Version && !_pending.Exists(e => e.Zxid >= last.Version))
        {
            _pending.Add(new Entry(last, last.Version, new Zxid(last.Version.Value - 1), new QuorumPosition(last)));
        }
    }

    /// <summary>A peer knows that the reconfiguration of this version, and with it all before, is committed.</summary>
    /// <returns>Whether the committed configuration is another one now.</returns>
    public bool Settle(Zxid version) => _pending.Exists(e => e.Zxid == version) && CommittedUpTo(version);

    /// <summary>Whether the servers hold a quorum of every configuration in force.</summary>
    public bool IsQuorum(IReadOnlyCollection<ServerId> servers)
    {
        foreach (var entry in _pending)
        {
            if (!entry.Configuration.IsQuorum(servers))
            {
                return false;
            }
        }

        return Committed.IsQuorum(servers);
    }

    /// <summary>Whether a quorum of every configuration in force is left without some servers.</summary>
    public bool IsQuorumWithout(IReadOnlyCollection<ServerId> missing)
    {
        var left = new List<ServerId>(Committed.Participants);
        foreach (var entry in _pending)
        {
            left.AddRange(entry.Configuration.Participants);
        }

        left.RemoveAll(missing.Contains);
        return IsQuorum(left);
    }

    /// <summary>Whether the server belongs to some configuration in force.</summary>
    public bool Contains(ServerId id) => Committed.Contains(id) || _pending.Exists(e => e.Configuration.Contains(id));

    /// <summary>Whether the server votes in some configuration in force.</summary>
    public bool IsParticipant(ServerId id)
    {
        foreach (var entry in _pending)
        {
            if (entry.Configuration.IsParticipant(id))
            {
                return true;
            }
        }

        return Committed.IsParticipant(id);
    }

    /// <summary>
    /// How far may be committed. A pending configuration has a say from its own transaction on: what precedes that one was proposed without it.
    /// </summary>
    /// <param name="positions">The last durable zxid of each server, by id; <see cref="QuorumPosition.None"/> when it has not acknowledged the epoch.</param>
    public long CommitTarget(long[] positions)
    {
        var target = _committed.Position.Of(positions);
        foreach (var entry in _pending)
        {
            var own = entry.Position.Of(positions);
            target = Math.Min(target, own >= entry.Zxid.Value ? own : entry.Previous.Value);
        }

        return target;
    }

    private sealed record Entry(QuorumConfiguration Configuration, Zxid Zxid, Zxid Previous, QuorumPosition Position);
}
