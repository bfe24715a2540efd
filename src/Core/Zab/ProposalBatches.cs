using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Zab;

/// <summary>Makes the messages for a range of the window once, for all the learners that get the same range.</summary>
internal sealed class ProposalBatches(ZabHistory history, ZabOptions options)
{
    private readonly List<ZabMessage.Proposals> _messages = [];
    private Zxid _from;
    private Zxid _to;
    private Zxid _committed;

    /// <summary>Sends all transactions after <paramref name="from"/> up to <paramref name="to"/>; both lie in the window.</summary>
    public void Send(ZabChannel channel, Zxid from, Zxid to, List<Effect> effects)
    {
        if (from != _from || to != _to || history.LastCommitted != _committed || _messages.Count == 0)
        {
            Make(from, to);
        }

        foreach (var message in _messages)
        {
            channel.Send(message, effects);
        }
    }

    /// <summary>Lets go of the transactions.</summary>
    public void Forget() => _messages.Clear();

    private void Make(Zxid from, Zxid to)
    {
        _messages.Clear();
        (_from, _to, _committed) = (from, to, history.LastCommitted);
        var window = history.Window;
        Invariant.That(from >= window.Before, $"transactions after {from} are no longer in memory, which begins after {window.Before}");
        var end = window.IndexAfter(to);
        for (var start = window.IndexAfter(from); start < end;)
        {
            var next = start;
            for (var bytes = 0L; next < end && (next == start || bytes + TxnWindow.CostOf(window[next]) <= options.MaxBatchBytes); next++)
            {
                bytes += TxnWindow.CostOf(window[next]);
            }

            var txns = new Txn[next - start];
            for (var i = 0; i < txns.Length; i++)
            {
                txns[i] = window[start + i];
            }

            // Never more than what the receiver has with this message: a range may take several.
            var last = txns[^1].Zxid;
            _messages.Add(new ZabMessage.Proposals(txns, _committed < last ? _committed : last));
            start = next;
        }
    }
}
