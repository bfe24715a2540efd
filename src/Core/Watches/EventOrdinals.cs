using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Watches;

/// <summary>Numbers the events of each transaction. Whoever numbers them, live or from the log, calls it for each event, also for those that nobody watches.</summary>
internal struct EventOrdinals
{
    private EventPosition _last;

    /// <summary>The position of a transaction's next event.</summary>
    public EventPosition Next(Zxid zxid) => _last = new EventPosition(zxid, _last.Zxid == zxid ? _last.Ordinal + 1 : 1);
}
