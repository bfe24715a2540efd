using GrainKeeper.Core.Quorum;
using GrainKeeper.Storage;
using GrainKeeper.Storage.Log;
using GrainKeeper.Storage.Tests.Fakes;
using Microsoft.Extensions.Logging;
using static GrainKeeper.Storage.Tests.Fakes.Engine;

namespace GrainKeeper.Storage.Tests;

/// <summary>Damage done to files that were durable, and what a start makes of it.</summary>
public sealed class CorruptionTests
{
    private static readonly string FirstSegment = Engine.Path("log.0000000100000001");

    [Fact]
    public void A_bit_flip_anywhere_in_the_last_segment_is_refused_or_cuts_only_what_no_later_record_proves_durable()
    {
        var files = new SimFileSystem();
        using (var engine = Open(files, spares: true))
        {
            engine.Epochs(1, 1);
            engine.Append(1, 1, 4);
            engine.Append(1, 5, 8);
            engine.Append(1, 9, 12);
        }

        // Everything up to the third batch was durable when that batch was written; the third itself is proven by nothing.
        var sound = files.ReadAll(FirstSegment);
        var provenEnd = LogFormat.HeaderSize + (8 * LogFormat.RecordSize(40));
        var recordsEnd = LogFormat.HeaderSize + (12 * LogFormat.RecordSize(40));
        Assert.True(sound.Length > recordsEnd + 500);
        int refused = 0, cut = 0;
        for (var offset = 0; offset < recordsEnd + 200; offset++)
        {
            files.Overwrite(FirstSegment, sound);
            files.FlipBit(FirstSegment, offset, offset % 8);
            try
            {
                using var engine = Open(files);
                var last = engine.History.LastLogged;
                Assert.True(offset >= provenEnd, $"a flip at {offset}, in durable data, was not seen");
                Assert.InRange(last.Value, Z(1, 8).Value, Z(1, 12).Value);
                Assert.Equal(offset < recordsEnd ? (uint)(8 + ((offset - provenEnd) / LogFormat.RecordSize(40))) : 12u, last.Counter);
                Assert.Contains(engine.Logger.Lines, l => l.Level == LogLevel.Warning && l.Text.Contains("torn end", StringComparison.Ordinal));
                cut++;
            }
            catch (StorageCorruptException e)
            {
                Assert.True(offset < provenEnd, e.Message);
                Assert.Equal(FirstSegment, e.File);
                Assert.InRange(e.Offset, Math.Max(0, offset - LogFormat.RecordSize(40)), offset);
                Assert.Contains("copy from the leader", e.Message, StringComparison.Ordinal);
                refused++;
            }
        }

        Assert.Equal(provenEnd, refused);
        Assert.Equal(recordsEnd + 200 - provenEnd, cut);
    }

    [Fact]
    public void After_a_mark_a_bit_flip_in_the_very_last_record_is_refused_too()
    {
        var files = new SimFileSystem();
        using (var engine = Open(files, spares: true))
        {
            engine.Epochs(1, 1);
            engine.Append(1, 1, 12);
            engine.Storage.Log.Mark();
        }

        var recordsEnd = LogFormat.HeaderSize + (12 * LogFormat.RecordSize(40));
        files.FlipBit(FirstSegment, recordsEnd - 1);
        var error = Assert.Throws<StorageCorruptException>(() => Open(files));
        Assert.Equal(recordsEnd - LogFormat.RecordSize(40), error.Offset);
        Assert.Contains("written when everything before it was durable", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_recovered_log_is_marked_so_that_later_damage_is_seen()
    {
        var files = new SimFileSystem();
        using (var engine = Open(files))
        {
            engine.Epochs(1, 1);
            engine.Append(1, 1, 3);
        }

        Open(files).Dispose();
        files.FlipBit(FirstSegment, LogFormat.HeaderSize + (3 * LogFormat.RecordSize(40)) - 1);
        Assert.Throws<StorageCorruptException>(() => Open(files));
    }

    [Fact]
    public void A_bit_flip_anywhere_in_an_earlier_segment_that_is_needed_is_refused()
    {
        var files = new SimFileSystem();
        using (var engine = Open(files, spares: true))
        {
            engine.Epochs(1, 1);
            engine.Append(1, 1, 100, size: 100);
        }

        var sound = files.ReadAll(FirstSegment);
        for (var offset = 0; offset < sound.Length; offset += 7)
        {
            files.Overwrite(FirstSegment, sound);
            files.FlipBit(FirstSegment, offset, offset % 8);
            if (IsPadding(offset))
            {
                continue;
            }

            var error = Assert.Throws<StorageCorruptException>(() => Open(files));
            Assert.Equal(FirstSegment, error.File);
        }

        static bool IsPadding(int offset)
        {
            var within = (offset - LogFormat.HeaderSize) % LogFormat.RecordSize(100);
            return offset >= LogFormat.HeaderSize && within >= LogFormat.RecordHeaderSize + 100;
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void A_missing_segment_is_refused_by_name(int which)
    {
        var files = new SimFileSystem();
        using (var engine = Open(files))
        {
            engine.Epochs(1, 1);
            engine.Append(1, 1, 250, size: 100);
        }

        var segments = files.List(Engine.Directory).Where(n => n.StartsWith("log.", StringComparison.Ordinal)).ToArray();
        Assert.True(segments.Length > 6);
        files.Remove(Engine.Path(segments[which - 1]));
        var error = Assert.Throws<StorageCorruptException>(() => Open(files));
        Assert.Contains(which == 1 ? "the log begins after zxid" : "a segment is missing between them", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_segment_cut_short_in_the_middle_of_the_log_is_refused()
    {
        var files = new SimFileSystem();
        using (var engine = Open(files))
        {
            engine.Epochs(1, 1);
            engine.Append(1, 1, 100, size: 100);
        }

        var sound = files.ReadAll(FirstSegment);
        for (var length = 0; length < sound.Length; length += 13)
        {
            files.Overwrite(FirstSegment, sound[..length]);
            Assert.Throws<StorageCorruptException>(() => Open(files));
        }
    }

    [Fact]
    public void The_last_segment_cut_at_any_byte_loses_only_the_end()
    {
        var files = new SimFileSystem();
        using (var engine = Open(files))
        {
            engine.Epochs(1, 1);
            engine.Append(1, 1, 8);
        }

        var sound = files.ReadAll(FirstSegment);
        for (var length = LogFormat.HeaderSize; length < sound.Length; length++)
        {
            files.Overwrite(FirstSegment, sound[..length]);
            using var engine = Open(files);
            Assert.Equal((length - LogFormat.HeaderSize) / LogFormat.RecordSize(40), (int)engine.History.LastLogged.Counter);
        }
    }

    [Fact]
    public void A_log_shorter_than_a_snapshot_proves_it_was_is_refused()
    {
        var files = new SimFileSystem();
        using (var engine = Open(files))
        {
            engine.Epochs(1, 1);
            engine.Append(1, 1, 8);
            engine.Snapshot(zxid: Z(1, 5));
        }

        files.Overwrite(FirstSegment, files.ReadAll(FirstSegment)[..^LogFormat.RecordSize(40)]);
        var error = Assert.Throws<StorageCorruptException>(() => Open(files));
        Assert.Contains("the log ends at zxid 0x100000007, but it was durable up to 0x100000008", error.Message, StringComparison.Ordinal);

        files.Remove(FirstSegment);
        Assert.Contains("the log is missing", Assert.Throws<StorageCorruptException>(() => Open(files)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Records_of_another_segment_at_the_same_place_are_never_valid()
    {
        var files = new SimFileSystem();
        var others = new SimFileSystem();
        foreach (var disk in new[] { files, others })
        {
            using var engine = Open(disk, spares: true);
            engine.Epochs(1, 1);
            engine.Append(1, 1, disk == files ? 2u : 6u);
        }

        // The tail of one file, as recycled blocks would bring it back, behind the records of the other.
        var mixed = files.ReadAll(FirstSegment);
        var at = LogFormat.HeaderSize + (2 * LogFormat.RecordSize(40));
        others.ReadAll(FirstSegment).AsSpan(at, 4 * LogFormat.RecordSize(40)).CopyTo(mixed.AsSpan(at));
        files.Overwrite(FirstSegment, mixed);
        using var again = Open(files);
        Assert.Equal(Z(1, 2), again.History.LastLogged);
    }

    [Fact]
    public void A_hole_inside_an_unconfirmed_batch_is_a_torn_tail_though_good_records_follow()
    {
        var files = new SimFileSystem();
        using (var engine = Open(files, spares: true))
        {
            engine.Epochs(1, 1);
            engine.Append(1, 1, 3);
            engine.Append(1, 4, 9);
        }

        var content = files.ReadAll(FirstSegment);
        content.AsSpan(LogFormat.HeaderSize + (5 * LogFormat.RecordSize(40)), LogFormat.RecordSize(40)).Clear();
        files.Overwrite(FirstSegment, content);
        using (var engine = Open(files))
        {
            Assert.Equal(Z(1, 5), engine.History.LastLogged);
            engine.Append(1, 6, 6);
        }

        // What was behind the hole never comes back.
        using var again = Open(files);
        Assert.Equal(Z(1, 6), again.History.LastLogged);
    }

    [Fact]
    public void A_hole_in_a_confirmed_batch_is_refused()
    {
        var files = new SimFileSystem();
        using (var engine = Open(files, spares: true))
        {
            engine.Epochs(1, 1);
            engine.Append(1, 1, 3);
            engine.Append(1, 4, 9);
        }

        var content = files.ReadAll(FirstSegment);
        content.AsSpan(LogFormat.HeaderSize + LogFormat.RecordSize(40), LogFormat.RecordSize(40)).Clear();
        files.Overwrite(FirstSegment, content);
        var error = Assert.Throws<StorageCorruptException>(() => Open(files));
        Assert.Equal(LogFormat.HeaderSize + LogFormat.RecordSize(40), error.Offset);
        Assert.Contains("zeros stand where a record should", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_newer_format_is_named()
    {
        var files = new SimFileSystem();
        using (var engine = Open(files))
        {
            engine.Epochs(1, 1);
            engine.Append(1, 1, 3);
        }

        var content = files.ReadAll(FirstSegment);
        content[8] = 2;
        BitConverter.TryWriteBytes(content.AsSpan(60), Crc32C.Of(content.AsSpan(0, 60)));
        files.Overwrite(FirstSegment, content);
        Assert.Contains("format version 2", Assert.Throws<StorageCorruptException>(() => Open(files)).Message, StringComparison.Ordinal);
    }
}
