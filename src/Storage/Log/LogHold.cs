using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Storage.Log;

/// <summary>A lease on the log after a zxid, until disposed.</summary>
internal sealed class LogHold : IDisposable
{
    private readonly LogCatalog _catalog;
    private IReadOnlyList<LeasedSegment>? _leases;

    private LogHold(LogCatalog catalog, IReadOnlyList<LeasedSegment> leases)
    {
        _catalog = catalog;
        _leases = leases;
    }

    public static LogHold? Take(LogCatalog catalog, Zxid after) =>
        catalog.Lease(after, andNewest: true) is { } leases ? new LogHold(catalog, leases) : null;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _leases, null) is { } leases)
        {
            _catalog.Release(leases);
        }
    }
}
