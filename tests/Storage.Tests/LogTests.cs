using GrainKeeper.Core.Quorum;
using GrainKeeper.Storage;
using GrainKeeper.Storage.Files;
using GrainKeeper.Storage.Tests.Fakes;
using static GrainKeeper.Storage.Tests.Fakes.Engine;

namespace GrainKeeper.Storage.Tests;

public sealed class LogTests
{
    private readonly SimFileSystem _files = new();

    [Fact]
    public void An_empty_directory_recovers_to_an_empty_history()
    {
        using (var engine = Open(_files))
        {
            Assert.Equal((Epoch.None, Epoch.None, Zxid.Zero, Zxid.Zero), (engine.History.AcceptedEpoch, engine.History.CurrentEpoch, engine.History.LastLogged, engine.History.OldestLogged));
            Assert.Empty(engine.History.Recent);
        }

        using var again = Open(_files);
        Assert.Equal(Zxid.Zero, again.History.LastLogged);
    }

    [Fact]
    public void What_was_synced_is_there_after_a_reopen()
    {
        using (var engine = Open(_files))
        {
            engine.Epochs(1, 1);
            engine.Append(1, 1, 10);
        }

        using var again = Open(_files);
        Assert.Equal(Z(1, 10), again.History.LastLogged);
        Assert.Equal(Zxid.Zero, again.History.OldestLogged);
        Assert.Equal(10, again.History.Recent.Count);
        Assert.Equal(Range(1, 1, 10).Select(t => t.Zxid), again.State.Replayed);
        Assert.All(again.History.Recent, t => Assert.Equal(Txn(t.Zxid).Payload.ToArray(), t.Payload.ToArray()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Segments_roll_and_are_read_back_in_order(bool spares)
    {
        using (var engine = Open(_files, spares: spares))
        {
            engine.Epochs(2, 2);
            for (uint i = 1; i <= 200; i += 5)
            {
                engine.Append(2, i, i + 4, size: 100);
            }

            Assert.True(engine.Storage.Log.Catalog.Size.Segments > 5);
            Assert.Equal(spares ? 0 : engine.Storage.Log.Catalog.Size.Segments, engine.Storage.Log.Statistics.UnpreparedRolls);
        }

        using var again = Open(_files);
        Assert.Equal(Z(2, 200), again.History.LastLogged);
        Assert.Equal(200, again.State.Replayed.Count);
    }

    [Fact]
    public void A_record_larger_than_a_segment_gets_a_segment_of_its_own()
    {
        using (var engine = Open(_files, spares: true))
        {
            engine.Epochs(1, 1);
            engine.Append(1, 1, 1);
            engine.Append(1, 2, 2, size: 3_000_000);
            engine.Append(1, 3, 3);
        }

        using var again = Open(_files);
        Assert.Equal(Z(1, 3), again.History.LastLogged);
        Assert.Equal(3_000_000, again.State.Applied[Z(1, 2).Value].Length);
        Assert.Equal([Z(1, 2), Z(1, 3)], again.Reader.Read(Z(1, 1), Z(1, 9), int.MaxValue)!.Select(t => t.Zxid));
    }

    [Fact]
    public void A_transaction_over_the_limit_is_refused_before_anything_is_written()
    {
        using var engine = Open(_files, Options with { MaxTxnBytes = 1024 });
        engine.Epochs(1, 1);
        var error = Assert.Throws<StorageException>(() => engine.Append(1, 1, 1, size: 1025));
        Assert.Contains("more than the limit of 1024", error.Message, StringComparison.Ordinal);
        Assert.Null(engine.Storage.Log.Catalog.Newest);
    }

    [Fact]
    public void A_gap_in_the_zxids_stops_the_server_instead_of_reaching_the_log()
    {
        using var engine = Open(_files);
        engine.Epochs(1, 1);
        engine.Append(1, 1, 3);
        Assert.ThrowsAny<Exception>(() => engine.Append(1, 5, 5));
        Assert.ThrowsAny<Exception>(() => engine.Append(2, 2, 2));
    }

    [Fact]
    public void A_later_epoch_may_follow_at_counter_one()
    {
        using (var engine = Open(_files))
        {
            engine.Epochs(3, 3);
            engine.Append(1, 1, 3);
            engine.Append(3, 1, 2);
        }

        using var again = Open(_files);
        Assert.Equal([Z(1, 1), Z(1, 2), Z(1, 3), Z(3, 1), Z(3, 2)], again.State.Replayed);
    }

    [Fact]
    public void Recent_transactions_are_bounded_by_number_and_bytes()
    {
        using (var engine = Open(_files))
        {
            engine.Epochs(1, 1);
            engine.Append(1, 1, 30, size: 100);
        }

        using (var few = Open(_files, Options with { RecentTxns = 7 }))
        {
            Assert.Equal(Range(1, 24, 30).Select(t => t.Zxid), few.History.Recent.Select(t => t.Zxid));
        }

        using var small = Open(_files, Options with { RecentBytes = 350 });
        Assert.Equal([Z(1, 28), Z(1, 29), Z(1, 30)], small.History.Recent.Select(t => t.Zxid));
    }

    [Fact]
    public void Each_start_goes_on_in_a_segment_with_a_new_salt()
    {
        for (uint i = 1; i <= 4; i++)
        {
            using var engine = Open(_files);
            if (i == 1)
            {
                engine.Epochs(1, 1);
            }

            engine.Append(1, i, i);
        }

        using var last = Open(_files);
        var segments = last.Recovered.Catalog.SegmentsAfter(Zxid.Zero);
        Assert.Equal(4, segments.Count);
        Assert.Equal(4, segments.Select(s => s.Header.Salt).Distinct().Count());
        Assert.Equal([4L, 3, 2, 1], segments.Select(s => s.Header.Sequence));
    }

    [Fact]
    public void Leftover_temporary_files_are_removed_at_the_start()
    {
        using (Open(_files))
        {
        }

        foreach (var name in new[] { "spare.tmp", "segment.tmp", "snapshot.tmp", "install.tmp", "acceptedEpoch.tmp", "currentEpoch.tmp", "server.tmp" })
        {
            _files.Overwrite(Engine.Path(name), [1, 2, 3]);
        }

        using (Open(_files))
        {
        }

        Assert.Equal(["acceptedEpoch", "currentEpoch", "server"], _files.List(Engine.Directory));
    }

    [Fact]
    public void A_segment_without_a_durable_record_is_removed()
    {
        using (var engine = Open(_files))
        {
            engine.Epochs(1, 1);
            engine.Append(1, 1, 1);
            engine.Append(1, 2, 2, size: 4000);
        }

        var name = Engine.Path("log.0000000100000002");
        _files.Overwrite(name, _files.ReadAll(name)[..64]);
        using (var again = Open(_files))
        {
            Assert.Equal(Z(1, 1), again.History.LastLogged);
            Assert.False(((IFileSystem)_files).FileExists(name));
            again.Append(1, 2, 3);
        }

        using var third = Open(_files);
        Assert.Equal(Z(1, 3), third.History.LastLogged);
    }
}
