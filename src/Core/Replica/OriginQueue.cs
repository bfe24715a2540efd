using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Requests;

namespace GrainKeeper.Core.Replica;

/// <summary>
/// The requests of this server's clients that are with the leader, in the order in which they were sent. The leader's outcomes come in the same
/// order, each before the transaction itself, so the first entry is always the next to be answered.
/// </summary>
internal sealed class OriginQueue
{
    private readonly Ring<Entry> _entries = new();
    private int _assigned;
    private Zxid _lastTxn;

    /// <summary>Requests under way.</summary>
    public int Count => _entries.Count;

    /// <summary>A request is handed to the leader.</summary>
    public void Add(ClientConnection connection) => _entries.Add(new Entry(connection));

    /// <summary>The leader has told the outcome of the oldest request without one.</summary>
    /// <param name="outcome">The outcome.</param>
    /// <param name="applied">The last transaction applied.</param>
    /// <exception cref="FormatException">No request is without an outcome, or its transaction is not a new one.</exception>
    public void Assign(Outcome outcome, Zxid applied)
    {
        if (_assigned >= _entries.Count)
        {
            throw new FormatException($"the leader told more outcomes than the {_entries.Count} requests under way");
        }

        if (outcome.IsTxn && (outcome.Zxid <= applied || outcome.Zxid <= _lastTxn))
        {
            throw new FormatException($"the leader told transaction {outcome.Zxid} as an outcome after {_lastTxn}, with {applied} applied");
        }

        _lastTxn = outcome.IsTxn ? outcome.Zxid : _lastTxn;
        _entries[_assigned++].Outcome = outcome;
    }

    /// <summary>The connection whose request the transaction is; null when it is of another server, or of a client that has gone.</summary>
    public ClientConnection? PeekTxn(Zxid zxid)
    {
        if (_assigned == 0 || !_entries[0].Outcome.IsTxn)
        {
            return null;
        }

        Invariant.That(_entries[0].Outcome.Zxid >= zxid, $"transaction {_entries[0].Outcome.Zxid} of this server was never applied, but {zxid} is");
        return _entries[0].Outcome.Zxid == zxid && _entries[0].Connection.Phase != ClientPhase.Closed ? _entries[0].Connection : null;
    }

    /// <summary>The transaction is applied: its request is no longer under way.</summary>
    public void TakeTxn(Zxid zxid)
    {
        if (_assigned > 0 && _entries[0].Outcome.IsTxn && _entries[0].Outcome.Zxid == zxid)
        {
            Take();
        }
    }

    /// <summary>Gives the next request that is answered without a transaction of its own, once what it waits for is applied.</summary>
    public bool TryTakeReady(Zxid applied, out ClientConnection connection, out Outcome outcome)
    {
        if (_assigned == 0 || _entries[0].Outcome.IsTxn || _entries[0].Outcome.Zxid > applied)
        {
            connection = null!;
            outcome = default;
            return false;
        }

        var entry = Take();
        connection = entry.Connection;
        outcome = entry.Outcome;
        return true;
    }

    /// <summary>The leader is lost: what became of the requests will never be known here.</summary>
    public void Clear()
    {
        _entries.Clear();
        _assigned = 0;
        _lastTxn = Zxid.Zero;
    }

    private Entry Take()
    {
        _assigned--;
        return _entries.RemoveFirst();
    }

    private struct Entry(ClientConnection connection)
    {
        public ClientConnection Connection { get; } = connection;

        public Outcome Outcome { get; set; }
    }
}
