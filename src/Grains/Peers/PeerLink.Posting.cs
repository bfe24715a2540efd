using GrainKeeper.Contracts.Peers;
using Microsoft.Extensions.Logging;

namespace GrainKeeper.Grains.Peers;

/// <content>Batches that are posted without waiting, and their receipts.</content>
internal sealed partial class PeerLink
{
    private readonly PostedBatches _posted = new();
    private readonly Timer _stallTimer;
    private readonly Timer _receiptTimer;
    private TakenBatches _taken;
    private TakenBatches _acknowledged;
    private bool _streaming;
    private bool _flushing;
    private bool _watchesForStall;
    private bool _receiptDue;

    /// <summary>Posts what waits, as far as the window allows. From any thread; the caller's is the one that serializes and sends.</summary>
    public void Flush()
    {
        while (true)
        {
            PeerBatch message;
            lock (_gate)
            {
                if (_flushing || !_streaming || _pending.Count == 0 || _posted.Count >= _options.Window
                    || (_posted.Count > 0 && _posted.Bytes + _pending.Peek().Length > _options.WindowBytes))
                {
                    return;
                }

                var batch = Dequeue();
                message = Make(++_number, batch.Count, batch.ToArray());
                Recycle(batch);
                _posted.Add(message, Environment.TickCount64);
                _flushing = true;
                if (!_watchesForStall)
                {
                    _watchesForStall = true;
                    _stallTimer.Change(_options.CallTimeout, Timeout.Infinite);
                }
            }

            try
            {
                _wire.Post!(message);
            }
            catch (Exception e)
            {
                // It counts as lost: the call that follows tells more.
                _logger.LogDebug(e, "A batch to server {Peer} could not be posted", Peer);
                Stall();
            }

            lock (_gate)
            {
                _flushing = false;
            }
        }
    }

    /// <summary>The peer has taken posted batches.</summary>
    /// <param name="receiver">The peer's start.</param>
    /// <param name="taken">Which of this link's batches.</param>
    public void Acknowledged(long receiver, TakenBatches taken)
    {
        lock (_gate)
        {
            if (taken.Incarnation != _identity.Incarnation || taken.Link != _link || _receiver != receiver)
            {
                // Of another link, or of a receiver that has begun anew: that one lacks what came before, and says so when the next batch comes.
                return;
            }

            _posted.TakenUpTo(taken.Number);
            if (!_streaming)
            {
                return;
            }
        }

        Flush();
    }

    /// <summary>The peer has not taken a posted batch.</summary>
    public void Rejected(PeerBatchReceipt receipt)
    {
        lock (_gate)
        {
            if (receipt.SenderIncarnation != _identity.Incarnation || receipt.Link != _link)
            {
                return;
            }
        }

        Stall();
    }

    /// <summary>Batches that the peer has posted were taken here: it gets a receipt with the next batch, or soon.</summary>
    public void Taken(TakenBatches taken)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return;
            }

            if (_acknowledged.Link != taken.Link || _acknowledged.Incarnation != taken.Incarnation)
            {
                _acknowledged = taken with { Number = taken.Number - 1 };
            }

            _taken = taken;
            // What is taken now often causes an answer, which the receipt can travel with: only a window that is about to be full cannot wait.
            if (taken.Number - _acknowledged.Number < Math.Max(1, _options.Window - 1))
            {
                if (!_receiptDue)
                {
                    _receiptDue = true;
                    _receiptTimer.Change(_options.ReceiptDelay, Timeout.Infinite);
                }

                return;
            }
        }

        SendReceipt();
    }

    /// <summary>A batch that the peer has posted was not taken here: it is told at once.</summary>
    public void NotTaken(PeerBatch batch, PeerBatchAck answer) => Acknowledge(new TakenBatches(batch.SenderIncarnation, batch.Link, 0), answer.Outcome, answer.Reason);

    private void SendReceipt()
    {
        TakenBatches taken;
        lock (_gate)
        {
            _receiptDue = false;
            if (_closed || _taken == _acknowledged)
            {
                return;
            }

            taken = _acknowledged = _taken;
        }

        Acknowledge(taken, PeerBatchOutcome.Accepted, null);
    }

    private void Acknowledge(TakenBatches taken, PeerBatchOutcome outcome, string? reason) => _wire.Acknowledge!(new PeerBatchReceipt(
        _identity.Self.Value, _identity.Incarnation, taken.Incarnation, taken.Link, taken.Number, outcome, reason, _identity.TreeCreated.Value, _proof));

    // Later batches wait, and the loop sends again what has no receipt, by calls whose outcome is known.
    private void Stall()
    {
        lock (_gate)
        {
            _streaming = false;
        }

        _work.Set();
    }

    private void LookForStall()
    {
        lock (_gate)
        {
            if (_closed || _posted.Count == 0 || !_streaming)
            {
                _watchesForStall = false;
                return;
            }

            var left = _posted.OldestAt + _options.CallTimeout - Environment.TickCount64;
            if (left > 0)
            {
                _stallTimer.Change(left, Timeout.Infinite);
                return;
            }

            _watchesForStall = false;
        }

        Stall();
    }
}
