using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Requests;

namespace GrainKeeper.Core.Replica;

/// <summary>
/// The requests of this server's clients that are with the leader, in the order in which they were sent. The leader's outcomes come in the same
/// order, each before the transaction itself, so the first with an outcome is always the next to be answered. Only those that wait for a lock of an atomic commit step
/// aside, each under a number, until the leader tells their outcome.
/// </summary>
internal sealed class OriginQueue
{
    private readonly Ring<ClientConnection> _open = new();
    private readonly Ring<Entry> _assigned = new();
    private readonly Dictionary<int, ClientConnection> _waiting = [];
    private int _lastNumber;
    private Zxid _lastTxn;

    /// <summary>Requests under way.</summary>
    public int Count => _open.Count + _assigned.Count + _waiting.Count;

    /// <summary>A request is handed to the leader.</summary>
    public void Add(ClientConnection connection) => _open.Add(connection);

    /// <summary>The leader has told an outcome: of the oldest request without one, or of the waiting one that it numbers.</summary>
    /// <param name="outcome">The outcome.</param>
    /// <param name="applied">The last transaction applied.</param>
    /// <exception cref="FormatException">There is no such request, or its transaction is not a new one.</exception>
    public void Assign(Outcome outcome, Zxid applied)
    {
        var connection = Take(outcome.Number);
        if (outcome.Number == Outcome.Waits)
        {
            _waiting.Add(++_lastNumber, connection);
            return;
        }

        if (outcome.IsTxn && (outcome.Zxid <= applied || outcome.Zxid <= _lastTxn))
        {
            throw new FormatException($"the leader told transaction {outcome.Zxid} as an outcome after {_lastTxn}, with {applied} applied");
        }

        _lastTxn = outcome.IsTxn ? outcome.Zxid : _lastTxn;
        _assigned.Add(new Entry(connection, outcome));
    }

    /// <summary>The connection whose request the transaction is; null when it is of another server, or of a client that has gone.</summary>
    public ClientConnection? PeekTxn(Zxid zxid)
    {
        if (_assigned.Count == 0 || !_assigned[0].Outcome.IsTxn)
        {
            return null;
        }

        Invariant.That(_assigned[0].Outcome.Zxid >= zxid, $"transaction {_assigned[0].Outcome.Zxid} of this server was never applied, but {zxid} is");
        return _assigned[0].Outcome.Zxid == zxid && _assigned[0].Connection.Phase != ClientPhase.Closed ? _assigned[0].Connection : null;
    }

    /// <summary>The transaction is applied: its request is no longer under way.</summary>
    public void TakeTxn(Zxid zxid)
    {
        if (_assigned.Count > 0 && _assigned[0].Outcome.IsTxn && _assigned[0].Outcome.Zxid == zxid)
        {
            _assigned.RemoveFirst();
        }
    }

    /// <summary>Gives the next request that is answered without a transaction of its own, once what it waits for is applied.</summary>
    public bool TryTakeReady(Zxid applied, out ClientConnection connection, out Outcome outcome)
    {
        if (_assigned.Count == 0 || _assigned[0].Outcome.IsTxn || _assigned[0].Outcome.Zxid > applied)
        {
            connection = null!;
            outcome = default;
            return false;
        }

        (connection, outcome) = _assigned.RemoveFirst();
        return true;
    }

    /// <summary>The leader is lost: what became of the requests will never be known here.</summary>
    public void Clear()
    {
        _open.Clear();
        _assigned.Clear();
        _waiting.Clear();
        _lastNumber = 0;
        _lastTxn = Zxid.Zero;
    }

    private ClientConnection Take(int number)
    {
        if (number > 0)
        {
            return _waiting.Remove(number, out var waiting) ? waiting : throw new FormatException($"the leader told the outcome of request {number}, which does not wait");
        }

        return _open.Count > 0
            ? _open.RemoveFirst()
            : throw new FormatException($"the leader told more outcomes than the {_assigned.Count + _waiting.Count} requests under way");
    }

    private readonly record struct Entry(ClientConnection Connection, Outcome Outcome);
}
