using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Requests;

namespace GrainKeeper.Core.Replica;

/// <summary>
/// Linearizable reads of this server's clients that wait until the leader is confirmed and what was committed by then is applied here. Each has a ticket, and a confirmation of one counts
/// for all before it.
/// </summary>
internal sealed class LinearizableReads
{
    private readonly Ring<(long Ticket, ClientConnection Client)> _waiting = new();
    private readonly Ring<(long Ticket, Zxid Committed)> _confirmed = new();
    private long _lastTicket;
    private long _ready;

    /// <summary>A client asks.</summary>
    /// <returns>Its ticket.</returns>
    public long Add(ClientConnection client)
    {
        _waiting.Add((++_lastTicket, client));
        return _lastTicket;
    }

    /// <summary>Whether the read with the ticket may be done.</summary>
    public bool IsReady(long ticket) => ticket <= _ready;

    /// <summary>The leader is confirmed.</summary>
    /// <param name="ticket">For reads up to this one.</param>
    /// <param name="committed">What must be applied before.</param>
    /// <exception cref="FormatException">Nobody has asked, or the answer came before.</exception>
    public void Confirm(long ticket, Zxid committed)
    {
        var last = _confirmed.Count > 0 ? _confirmed[_confirmed.Count - 1].Ticket : _ready;
        if (ticket <= last || ticket > _lastTicket)
        {
            throw new FormatException($"the leader is confirmed for read {ticket}, but reads {last + 1} to {_lastTicket} wait");
        }

        _confirmed.Add((ticket, committed));
    }

    /// <summary>Gives the next client whose read may be done.</summary>
    public bool TryTakeReady(Zxid applied, out ClientConnection client)
    {
        while (_confirmed.Count > 0 && _confirmed[0].Committed <= applied)
        {
            _ready = _confirmed.RemoveFirst().Ticket;
        }

        if (_waiting.Count == 0 || !IsReady(_waiting[0].Ticket))
        {
            client = null!;
            return false;
        }

        client = _waiting.RemoveFirst().Client;
        return true;
    }

    /// <summary>The leader is lost, and with it all that waits.</summary>
    public void Clear()
    {
        _waiting.Clear();
        _confirmed.Clear();
        _lastTicket = _ready = 0;
    }
}
