using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;
using GrainKeeper.Storage.Files;
using Microsoft.Extensions.Logging;

namespace GrainKeeper.Storage.Log;

/// <summary>Reads durable transactions for learners that are behind.</summary>
internal sealed class LogReader(IFileSystem files, LogCatalog catalog, ILogger logger)
{
    /// <summary>Reads transactions in (after, upTo].</summary>
    /// <returns>Null when the log does not go back so far, or was cut, purged or found damaged meanwhile: the learner gets a snapshot then.</returns>
    public IReadOnlyList<Txn>? Read(Zxid after, Zxid upTo, int maxBytes)
    {
        var leases = catalog.Lease(after);
        if (leases is null)
        {
            return null;
        }

        try
        {
            var txns = new List<Txn>();
            long bytes = 0;
            foreach (var lease in leases)
            {
                if (lease.Segment.Header.After >= upTo || !ReadSegment(lease, after, upTo, maxBytes, txns, ref bytes))
                {
                    break;
                }
            }

            return IsVoid(leases) ? null : txns;
        }
        catch (StorageException e)
        {
            if (!IsVoid(leases))
            {
                logger.LogCritical(
                    e, "The log cannot be read after zxid {After}; learners that need it get a snapshot. Check the disk of this server", after);
            }

            return null;
        }
        finally
        {
            catalog.Release(leases);
        }
    }

    /// <returns>Whether to go on with the next segment.</returns>
    private bool ReadSegment(LeasedSegment lease, Zxid after, Zxid upTo, int maxBytes, List<Txn> txns, ref long bytes)
    {
        var segment = lease.Segment;
        using var file = files.OpenRead(segment.Path);
        var start = StartFor(lease, file, after);
        var scanner = new RecordScanner(file, segment.Header.Salt, start, lease.End, start == LogFormat.HeaderSize ? segment.Header.After : null);
        while (scanner.MoveNext())
        {
            var record = scanner.Header;
            if (record.IsMark || record.Zxid <= after)
            {
                continue;
            }

            if (record.Zxid > upTo || (txns.Count > 0 && bytes + record.Length > maxBytes))
            {
                return false;
            }

            txns.Add(new Txn(record.Zxid, record.Kind, scanner.Payload.ToArray()));
            bytes += record.Length;
        }

        ThrowIfShort(lease, scanner);
        return true;
    }

    private long StartFor(LeasedSegment lease, IStorageFile file, Zxid after)
    {
        var segment = lease.Segment;
        lock (catalog.Gate)
        {
            if (segment.Index is { } known)
            {
                return known.StartFor(after);
            }
        }

        var index = new SparseIndex();
        var scanner = new RecordScanner(file, segment.Header.Salt, LogFormat.HeaderSize, lease.End, segment.Header.After);
        while (scanner.MoveNext())
        {
            if (!scanner.Header.IsMark)
            {
                index.Note(scanner.Header.Zxid, scanner.Offset);
            }
        }

        ThrowIfShort(lease, scanner);
        lock (catalog.Gate)
        {
            segment.Index ??= index;
        }

        return index.StartFor(after);
    }

    private static void ThrowIfShort(LeasedSegment lease, RecordScanner scanner)
    {
        if (scanner.Damage is not null || (scanner.Last is { } last && last < lease.Last))
        {
            throw new StorageCorruptException(
                lease.Segment.Path,
                scanner.NextOffset,
                scanner.Damage ?? $"the records end at zxid {scanner.Last} instead of {lease.Last}",
                StorageCorruptException.TakeFromLeader);
        }
    }

    private bool IsVoid(IReadOnlyList<LeasedSegment> leases)
    {
        lock (catalog.Gate)
        {
            return leases.Any(s => s.Segment.Void);
        }
    }
}
