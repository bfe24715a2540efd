using GrainKeeper.Core.Quorum;
using GrainKeeper.Storage.Log;
using GrainKeeper.Storage.Tests.Fakes;
using Microsoft.Extensions.Logging;
using static GrainKeeper.Storage.Tests.Fakes.Engine;

namespace GrainKeeper.Storage.Tests;

public sealed class ReadLogTests
{
    private readonly SimFileSystem _files = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Any_range_is_read_whole_from_segments_written_before_and_after_the_start(bool reopened)
    {
        var options = Options with { SegmentBytes = 256 * 1024, FirstSegmentBytes = 128 * 1024 };
        var engine = Open(_files, options, spares: true);
        engine.Epochs(1, 1);
        engine.Append(1, 1, 1000, size: 300);
        if (reopened)
        {
            engine.Dispose();
            engine = Open(_files, options);
        }

        engine.Append(1, 1001, 1500, size: 300);
        for (uint from = 0; from <= 1500; from += 37)
        {
            for (var to = from + 1; to <= 1500; to += 211)
            {
                var txns = engine.Reader.Read(Z(1, from), Z(1, to), int.MaxValue);
                Assert.Equal(Range(1, from + 1, to, 300).Select(t => t.Zxid), txns!.Select(t => t.Zxid));
            }
        }

        Assert.All(
            engine.Reader.Read(Z(1, 700), Z(1, 720), int.MaxValue)!,
            t => Assert.Equal(Txn(t.Zxid, 300).Payload.ToArray(), t.Payload.ToArray()));
        Assert.NotNull(engine.Reader.Read(Zxid.Zero, Z(1, 1), 1));
        engine.Dispose();
    }

    [Fact]
    public void A_read_stops_at_its_limit_but_gives_at_least_one()
    {
        using var engine = Open(_files);
        engine.Epochs(1, 1);
        engine.Append(1, 1, 100, size: 100);
        Assert.Single(engine.Reader.Read(Zxid.Zero, Z(1, 100), 0)!);
        Assert.Equal(5, engine.Reader.Read(Z(1, 50), Z(1, 100), 599)!.Count);
        Assert.Equal(6, engine.Reader.Read(Z(1, 50), Z(1, 100), 600)!.Count);
    }

    [Fact]
    public void What_is_not_durable_is_not_read()
    {
        using var engine = Open(_files);
        engine.Epochs(1, 1);
        engine.Append(1, 1, 5);
        engine.AppendUnsynced(1, 6, 9);
        Assert.Equal(5, engine.Reader.Read(Zxid.Zero, Z(1, 9), int.MaxValue)!.Count);
        Assert.Empty(engine.Reader.Read(Z(1, 5), Z(1, 9), int.MaxValue)!);
        engine.Storage.Sync();
        Assert.Equal(4, engine.Reader.Read(Z(1, 5), Z(1, 9), int.MaxValue)!.Count);
    }

    [Fact]
    public void What_was_cut_is_not_read()
    {
        using var engine = Open(_files);
        engine.Epochs(2, 1);
        engine.Append(1, 1, 30, size: 300);
        engine.Truncate(Z(1, 17));
        engine.Append(2, 1, 2);
        Assert.Equal([Z(1, 16), Z(1, 17), Z(2, 1), Z(2, 2)], engine.Reader.Read(Z(1, 15), Z(2, 9), int.MaxValue)!.Select(t => t.Zxid));
    }

    [Fact]
    public void A_lease_taken_before_a_cut_gives_nothing_rather_than_what_was_cut()
    {
        using var engine = Open(_files);
        engine.Epochs(2, 1);
        engine.Append(1, 1, 30, size: 300);
        var leases = engine.Storage.Log.Catalog.Lease(Z(1, 10));
        engine.Truncate(Z(1, 20));
        Assert.Contains(leases!, l => l.Segment.Void);
        engine.Storage.Log.Catalog.Release(leases!);
    }

    [Fact]
    public void Damage_met_by_a_reader_sends_the_learner_to_a_snapshot_and_tells_the_operator()
    {
        using var engine = Open(_files);
        engine.Epochs(1, 1);
        engine.Append(1, 1, 30, size: 300);
        var files = (SimFileSystem)engine.Files;
        var segment = engine.Storage.Log.Catalog.SegmentsAfter(Zxid.Zero)[^1].Path;
        files.FlipBit(segment, LogFormat.HeaderSize + 400);
        Assert.Null(engine.Reader.Read(Zxid.Zero, Z(1, 30), int.MaxValue));
        Assert.Contains(engine.Logger.Lines, l => l.Level == LogLevel.Critical && l.Text.Contains("cannot be read", StringComparison.Ordinal));
        Assert.Equal(10, engine.Reader.Read(Z(1, 20), Z(1, 30), int.MaxValue)!.Count);
    }

    [Fact]
    public void The_index_is_sparse_and_exact()
    {
        var index = new SparseIndex();
        Assert.Equal(LogFormat.HeaderSize, index.StartFor(Z(1, 5)));
        var offset = (long)LogFormat.HeaderSize;
        for (uint i = 1; i <= 1000; i++, offset += 1000)
        {
            index.Note(Z(1, i), offset);
        }

        for (uint i = 0; i <= 1000; i++)
        {
            var at = (index.StartFor(Z(1, i)) - LogFormat.HeaderSize) / 1000;
            Assert.InRange(at, Math.Max(0, (int)i - 34), Math.Max(0, (int)i - 1));
        }

        index.CutAt(LogFormat.HeaderSize + 500_000);
        Assert.True(index.StartFor(Z(1, 1000)) < LogFormat.HeaderSize + 500_000);
    }
}
