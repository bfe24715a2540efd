using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;
using GrainKeeper.Storage;
using GrainKeeper.Storage.Log;
using GrainKeeper.Storage.Snapshots;
using GrainKeeper.Storage.Tests.Fakes;
using Microsoft.Extensions.Logging;
using static GrainKeeper.Storage.Tests.Fakes.Engine;

namespace GrainKeeper.Storage.Tests;

public sealed class SnapshotTests
{
    private readonly SimFileSystem _files = new();

    [Fact]
    public void A_fuzzy_snapshot_and_the_log_after_its_beginning_give_the_state()
    {
        using (var engine = Open(_files))
        {
            engine.Epochs(1, 1);
            engine.Append(1, 1, 30);
            engine.Snapshot(zxid: Z(1, 20), perSlice: 7);
            engine.Append(1, 31, 35);
        }

        using var again = Open(_files);
        Assert.Equal(5, again.State.SlicesRestored);
        Assert.Equal(Range(1, 21, 35).Select(t => t.Zxid), again.State.Replayed);
        Assert.Equal(35, again.State.Applied.Count);
        Assert.Equal(Z(1, 35), again.History.LastLogged);
    }

    [Fact]
    public void Slices_of_every_length_come_back_as_they_were_given()
    {
        int[] lengths = [0, 1, 7, 8, 9, 4096, SnapshotFormat.MaxBlock - 1, SnapshotFormat.MaxBlock, SnapshotFormat.MaxBlock + 1, 3_500_000, 5];
        var path = Engine.Path("snapshot.x");
        var random = new Random(1);
        var slices = lengths.Select(l =>
        {
            var bytes = new byte[l];
            random.NextBytes(bytes);
            return bytes;
        }).ToArray();
        using (var writer = new SnapshotFileWriter(_files, path, Z(1, 1)))
        {
            foreach (var slice in slices)
            {
                writer.Append(slice);
            }

            writer.Finish(Z(1, 9));
        }

        using var reader = SnapshotFileReader.Open(_files, path);
        foreach (var slice in slices)
        {
            Assert.True(reader.TryReadSlice(out var read));
            Assert.True(read.SequenceEqual(slice));
        }

        Assert.False(reader.TryReadSlice(out _));
        Assert.Equal((Z(1, 1), Z(1, 9), slices.Length), (reader.Zxid, reader.End, (int)reader.Slices));
        Assert.Equal(new SnapshotInfo(path, Z(1, 1), Z(1, 9)), SnapshotFileReader.ReadInfo(_files, path));
    }

    [Fact]
    public void A_snapshot_damaged_at_any_byte_or_cut_anywhere_is_seen()
    {
        var path = Engine.Path("snapshot.x");
        using (var writer = new SnapshotFileWriter(_files, path, Z(1, 1)))
        {
            writer.Append(new byte[40]);
            writer.Append("0123456789abcdef"u8);
            writer.Finish(Z(1, 9));
        }

        var sound = _files.ReadAll(path);
        for (var offset = 0; offset < sound.Length; offset++)
        {
            _files.Overwrite(path, sound);
            _files.FlipBit(path, offset, offset % 8);
            Assert.Throws<StorageCorruptException>(ReadAll);
            _files.Overwrite(path, sound[..offset]);
            Assert.Throws<StorageCorruptException>(ReadAll);
        }

        _files.Overwrite(path, [.. sound, 0]);
        Assert.Throws<StorageCorruptException>(ReadAll);

        void ReadAll()
        {
            using var reader = SnapshotFileReader.Open(_files, path);
            while (reader.TryReadSlice(out _))
            {
            }
        }
    }

    [Theory]
    [InlineData(70)]
    [InlineData(3)]
    [InlineData(-20)]
    public void A_damaged_newest_snapshot_is_replaced_by_the_older_one_and_the_log(int offset)
    {
        using (var engine = Open(_files))
        {
            engine.Epochs(1, 1);
            engine.Append(1, 1, 10);
            engine.Snapshot();
            engine.Append(1, 11, 20);
            engine.Snapshot();
            engine.Append(1, 21, 25);
        }

        var newest = Engine.Path("snapshot.0000000100000014");
        _files.FlipBit(newest, offset < 0 ? _files.ReadAll(newest).Length + offset : offset);
        using (var again = Open(_files))
        {
            Assert.Equal(25, again.State.Applied.Count);
            Assert.Equal(Range(1, 11, 25).Select(t => t.Zxid), again.State.Replayed);
            Assert.Contains(again.Logger.Lines, l => l.Level == LogLevel.Critical && l.Text.Contains("snapshot.000000010000000a instead", StringComparison.Ordinal));
            Assert.Contains("snapshot.0000000100000014.damaged", _files.List(Engine.Directory));
            again.Append(1, 26, 26);
            again.Snapshot();
            Assert.DoesNotContain(_files.List(Engine.Directory), n => n.EndsWith(".damaged", StringComparison.Ordinal));
        }

        using var third = Open(_files);
        Assert.Equal(26, third.State.Applied.Count);
    }

    [Fact]
    public void With_the_whole_log_there_even_the_only_snapshot_may_be_damaged()
    {
        using (var engine = Open(_files))
        {
            engine.Epochs(1, 1);
            engine.Append(1, 1, 10);
            engine.Snapshot();
        }

        _files.FlipBit(Engine.Path("snapshot.000000010000000a"), 90);
        using var again = Open(_files);
        Assert.Equal(10, again.State.Replayed.Count);
    }

    [Fact]
    public void A_damaged_snapshot_without_a_log_that_reaches_back_is_refused()
    {
        using (var engine = Open(_files))
        {
            engine.Epochs(1, 1);
            for (uint i = 1; i <= 60; i += 10)
            {
                engine.Append(1, i, i + 9, size: 700);
                engine.Snapshot();
            }

            Assert.True(engine.History.OldestLogged < engine.Storage.Log.Catalog.Oldest);
        }

        foreach (var name in _files.List(Engine.Directory).Where(n => n.StartsWith("snapshot.", StringComparison.Ordinal)))
        {
            _files.FlipBit(Engine.Path(name), 100);
        }

        var error = Assert.Throws<StorageCorruptException>(() => Open(_files));
        Assert.Contains("a block's checksum does not match", error.Message, StringComparison.Ordinal);
        Assert.Contains("copy from the leader", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_slice_that_the_state_refuses_counts_as_damage()
    {
        using (var engine = Open(_files))
        {
            engine.Epochs(1, 1);
            engine.Append(1, 1, 10);
            var snapshot = new OwnSnapshot(_files, engine.Storage.Snapshots, Engine.Directory, Z(1, 10));
            Assert.True(snapshot.Append("no state"u8));
            Assert.True(snapshot.Complete(Z(1, 10)));
        }

        using var again = Open(_files);
        Assert.Equal(10, again.State.Replayed.Count);
        Assert.Contains(again.Logger.Lines, l => l.Level == LogLevel.Critical);
    }

    [Fact]
    public void Retention_keeps_the_newest_snapshots_and_the_log_that_the_oldest_of_them_needs()
    {
        using var engine = Open(_files);
        engine.Epochs(1, 1);
        for (uint i = 1; i <= 100; i += 10)
        {
            engine.Append(1, i, i + 9, size: 700);
            engine.Snapshot();
        }

        Assert.Equal(
            ["snapshot.000000010000005a", "snapshot.0000000100000064"],
            _files.List(Engine.Directory).Where(n => n.StartsWith("snapshot.", StringComparison.Ordinal)));
        var oldest = engine.Storage.Log.Catalog.Oldest;
        Assert.InRange(oldest.Counter, 80u, 0x5au);
        Assert.Null(engine.Reader.Read(new Zxid(oldest.Value - 1), Z(1, 100), 1000));
        Assert.Equal(100 - (int)oldest.Counter, engine.Reader.Read(oldest, Z(1, 100), int.MaxValue)!.Count);
    }

    [Fact]
    public void A_purge_takes_large_files_away_in_parts_once_they_have_durably_lost_their_names()
    {
        var files = new ShrinkRecorder(_files);
        using var engine = Open(files, Engine.Options with { SegmentBytes = 16 * 1024 * 1024, FirstSegmentBytes = 16 * 1024 * 1024 });
        engine.Epochs(1, 1);
        var flushed = new List<string>();
        var shrunk = new List<(string Name, long Bytes)>();
        files.DirectoryFlushed = () => flushed = [.. _files.List(Engine.Directory)];
        for (uint i = 0; i < 5; i++)
        {
            engine.Append(1, (40 * i) + 1, (40 * i) + 40, size: 300_000);
            files.Shrunk = (path, bytes) =>
            {
                var name = System.IO.Path.GetFileName(path);
                Assert.EndsWith(".tmp", name, StringComparison.Ordinal);
                Assert.Contains(name, flushed);
                shrunk.Add((name, bytes));
            };
            engine.Snapshot();
            files.Shrunk = null;
        }

        Assert.Equal(
            ["snapshot.0000000100000028", "snapshot.0000000100000050", "snapshot.0000000100000078"],
            shrunk.Select(s => s.Name[..^4]).Where(n => n.StartsWith("snapshot.", StringComparison.Ordinal)).Distinct());
        Assert.Contains(shrunk, s => s.Name.StartsWith("log.", StringComparison.Ordinal));
        Assert.InRange(shrunk.Max(s => s.Bytes), 1, 4 * 1024 * 1024);
        Assert.InRange(shrunk.Sum(s => s.Bytes), 12_000_000 * (1 + 2 + 3), long.MaxValue);
        Assert.DoesNotContain(_files.List(Engine.Directory), n => n.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Fact]
    public void A_hold_keeps_the_log_from_the_purge_until_it_is_released()
    {
        using var engine = Open(_files);
        engine.Epochs(1, 1);
        engine.Append(1, 1, 30, size: 700);
        using (var hold = LogHold.Take(engine.Storage.Log.Catalog, Z(1, 8)))
        {
            Assert.NotNull(hold);
            engine.Snapshot();
            engine.Append(1, 31, 40, size: 700);
            engine.Snapshot();
            Assert.Equal(32, engine.Reader.Read(Z(1, 8), Z(1, 40), int.MaxValue)!.Count);
        }

        engine.Append(1, 41, 50, size: 700);
        engine.Snapshot();
        Assert.Null(engine.Reader.Read(Z(1, 8), Z(1, 40), int.MaxValue));
        Assert.Null(LogHold.Take(engine.Storage.Log.Catalog, Z(1, 8)));
    }

    [Fact]
    public void An_abandoned_snapshot_leaves_nothing_behind()
    {
        using var engine = Open(_files);
        engine.Epochs(1, 1);
        engine.Append(1, 1, 5);
        var snapshot = new OwnSnapshot(_files, engine.Storage.Snapshots, Engine.Directory, Z(1, 5));
        Assert.True(snapshot.Append("x"u8));
        snapshot.Abandon();
        Assert.False(snapshot.Append("x"u8));
        Assert.False(snapshot.Complete(Z(1, 5)));
        snapshot.Dispose();
        Assert.DoesNotContain(_files.List(Engine.Directory), n => n.StartsWith("snapshot", StringComparison.Ordinal));
    }

    [Fact]
    public void A_truncation_that_would_leave_no_usable_state_changes_nothing_and_says_what_to_do()
    {
        using (var engine = Open(_files))
        {
            engine.Epochs(2, 1);
            for (uint i = 1; i <= 60; i += 10)
            {
                engine.Append(1, i, i + 9, size: 700);
                engine.Snapshot(zxid: Z(1, i + 2));
            }

            var error = Assert.Throws<StorageException>(() => engine.Truncate(Z(1, 46)));
            Assert.Contains("every snapshot may hold traces", error.Message, StringComparison.Ordinal);
            Assert.Contains("takes a copy from the leader", error.Message, StringComparison.Ordinal);
        }

        using var again = Open(_files);
        Assert.Equal(Z(1, 60), again.History.LastLogged);
    }

    [Fact]
    public void An_install_replaces_state_and_log()
    {
        var leader = new FakeState();
        Range(2, 1, 30).ForEach(leader.Apply);
        using (var engine = Open(_files))
        {
            engine.Epochs(2, 1);
            engine.Append(1, 1, 20, size: 700);
            engine.Snapshot();
            engine.Install(Z(2, 25), leader, perSlice: 4);
            Assert.Equal(["acceptedEpoch", "currentEpoch", "server", "snapshot.0000000200000019"], _files.List(Engine.Directory));
            Assert.Null(engine.Reader.Read(Z(1, 20), Z(2, 30), 1000));
            engine.Append(2, 26, 32);
        }

        using var again = Open(_files);
        Assert.Equal((Z(2, 32), Z(2, 25)), (again.History.LastLogged, again.History.OldestLogged));
        Assert.Equal(Range(2, 1, 32).Select(t => t.Zxid.Value), again.State.Applied.Keys);
    }

    [Fact]
    public void An_abandoned_install_leaves_the_old_state()
    {
        using (var engine = Open(_files))
        {
            engine.Epochs(1, 1);
            engine.Append(1, 1, 5);
            engine.Carry(new ZabEffect.BeginSnapshotInstall(Z(2, 1)));
            engine.Carry(new ZabEffect.SnapshotInstallChunk("x"u8.ToArray()));
            engine.Carry(new ZabEffect.AbandonSnapshotInstall());
            Assert.DoesNotContain("install.tmp", _files.List(Engine.Directory));
            engine.Append(1, 6, 6);
        }

        using var again = Open(_files);
        Assert.Equal(Z(1, 6), again.History.LastLogged);
    }

    [Fact]
    public void A_decided_install_whose_file_is_damaged_is_refused_and_deletes_nothing()
    {
        using (var engine = Open(_files))
        {
            engine.Epochs(1, 1);
            engine.Append(1, 1, 5);
            engine.Snapshot();
        }

        _files.Overwrite(Engine.Path("install"), [.. _files.ReadAll(Engine.Path("snapshot.0000000100000005"))]);
        _files.FlipBit(Engine.Path("install"), 90);
        var before = _files.List(Engine.Directory);
        Assert.Equal(Engine.Path("install"), Assert.Throws<StorageCorruptException>(() => Open(_files)).File);
        Assert.Equal(before, _files.List(Engine.Directory));
    }
}
