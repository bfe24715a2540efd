using System.Buffers;
using System.Text;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Tree;
using GrainKeeper.Core.Zab;
using GrainKeeper.Storage;
using GrainKeeper.Storage.Log;
using GrainKeeper.Storage.Tests.Fakes;
using static GrainKeeper.Storage.Tests.Fakes.Engine;

namespace GrainKeeper.Storage.Tests;

public sealed class DumpTests
{
    private readonly SimFileSystem _files = new();

    [Fact]
    public void The_log_is_printed_one_record_a_line()
    {
        using (var engine = Open(_files))
        {
            engine.Epochs(1, 1);
            engine.Carry(new ZabEffect.Append([Create(1, "/a"), Create(2, "/a/b\nc")], engine.NextToken()));
            engine.Storage.Log.Mark();
        }

        var (lines, damaged) = DumpLog();
        Assert.Equal(0, damaged);
        Assert.Equal(5, lines.Length);
        Assert.StartsWith("segment /data/log.0000000100000001: number 1, after zxid 0x0, first zxid 0x100000001, ", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("offset 64 zxid 0x100000001 Application ", lines[1], StringComparison.Ordinal);
        Assert.Contains("create /a 4 B", lines[1], StringComparison.Ordinal);
        Assert.Contains("/a/b?c", lines[2], StringComparison.Ordinal);
        Assert.Contains("mark: everything before it was durable", lines[3], StringComparison.Ordinal);
        Assert.StartsWith("end of records at offset ", lines[4], StringComparison.Ordinal);
    }

    [Fact]
    public void Damage_is_located_and_what_follows_it_is_shown()
    {
        using (var engine = Open(_files))
        {
            engine.Epochs(1, 1);
            engine.Append(1, 1, 100, size: 200);
        }

        var first = Engine.Path("log.0000000100000001");
        var size = LogFormat.RecordSize(200);
        _files.FlipBit(first, LogFormat.HeaderSize + (3 * size) + 100);
        var (lines, damaged) = DumpLog();
        Assert.Equal(1, damaged);
        Assert.Contains($"DAMAGED {first} at offset {LogFormat.HeaderSize + (3 * size)}: a record's checksum does not match", lines);
        Assert.Equal(99, lines.Count(l => l.StartsWith("offset ", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_torn_tail_a_missing_segment_and_a_damaged_header_are_told_apart()
    {
        using (var engine = Open(_files))
        {
            engine.Epochs(1, 1);
            engine.Append(1, 1, 100, size: 200);
        }

        var names = _files.List(Engine.Directory).Where(n => n.StartsWith("log.", StringComparison.Ordinal)).ToArray();
        var last = Engine.Path(names[^1]);
        _files.Overwrite(last, _files.ReadAll(last)[..^10]);
        var (lines, damaged) = DumpLog();
        Assert.Equal(0, damaged);
        Assert.Single(lines, l => l.StartsWith($"TORN {last} at offset ", StringComparison.Ordinal));

        _files.Remove(Engine.Path(names[1]));
        (lines, damaged) = DumpLog();
        Assert.Equal(1, damaged);
        Assert.Single(lines, l => l.Contains("a segment is missing between them", StringComparison.Ordinal));

        _files.FlipBit(Engine.Path(names[2]), 20);
        (lines, damaged) = DumpLog();
        Assert.Equal(1, damaged);
        Assert.Contains($"DAMAGED {Engine.Path(names[2])} at offset 0: the checksum of the segment's header does not match", lines);
    }

    [Fact]
    public void An_empty_directory_is_said_to_be_empty()
    {
        Open(_files).Dispose();
        Assert.Equal("no log segments in /data", Assert.Single(DumpLog().Lines));
        Assert.Equal("no snapshots in /data", Assert.Single(DumpSnapshots(Engine.Directory).Lines));
    }

    [Fact]
    public void A_snapshot_is_printed_with_its_sessions_and_nodes_but_without_their_data()
    {
        var path = WriteSnapshot();
        var (lines, damaged) = DumpSnapshots(Engine.Directory);
        Assert.Equal(0, damaged);
        Assert.Equal($"snapshot {path}: after zxid 0x100000003", lines[0]);
        Assert.StartsWith("offset 64 slice 0 ", lines[1], StringComparison.Ordinal);
        Assert.Contains("session 0x7 timeout 4000 ms", lines);
        Assert.Single(lines, l => l.StartsWith("/a Persistent 4 B, 1 children, czxid 0x100000001", StringComparison.Ordinal));
        Assert.Single(lines, l => l.StartsWith("/a/b Persistent 4 B, 0 children, czxid 0x100000002", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, l => l.Contains("data", StringComparison.Ordinal) && !l.Contains("/data/", StringComparison.Ordinal));
    }

    [Fact]
    public void Damage_in_a_snapshot_is_located()
    {
        var path = WriteSnapshot();
        _files.FlipBit(path, 90);
        var (lines, damaged) = DumpSnapshots(path);
        Assert.Equal(1, damaged);
        Assert.Equal($"DAMAGED {path} at offset 64: a block's checksum does not match", lines[^1]);
    }

    private string WriteSnapshot()
    {
        var state = new ReplicaState();
        Txn[] txns = [Create(1, "/a"), Create(2, "/a/b"), OpenSession(3)];
        foreach (var txn in txns)
        {
            state.Replay(txn);
        }

        using var engine = Open(_files);
        engine.Epochs(1, 1);
        engine.Carry(new ZabEffect.Append(txns, engine.NextToken()));
        engine.Storage.Sync();
        var snapshot = new GrainKeeper.Storage.Snapshots.OwnSnapshot(_files, engine.Storage.Snapshots, Engine.Directory, Z(1, 3));
        var reader = state.OpenState();
        bool more;
        do
        {
            var slice = new ArrayBufferWriter<byte>();
            more = reader.ReadNext(slice, 100);
            Assert.True(snapshot.Append(slice.WrittenSpan));
        }
        while (more);
        Assert.True(snapshot.Complete(Z(1, 3)));
        return Engine.Path("snapshot.0000000100000003");
    }

    private static Txn Create(uint counter, string path)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new TxnWriter(output);
        writer.Begin(new TxnHeader(7, (int)counter, 1_700_000_000_000, OpCode.Create));
        writer.Create(OpCode.Create, Encoding.UTF8.GetBytes(path), "data"u8, false, AclList.Open, NodeKind.Persistent, 0, 1);
        writer.End();
        return new Txn(Z(1, counter), TxnKind.Application, output.WrittenMemory.ToArray());
    }

    private static Txn OpenSession(uint counter)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new TxnWriter(output);
        writer.Begin(new TxnHeader(7, 0, 1_700_000_000_000, OpCode.CreateSession));
        writer.CreateSession(4000);
        writer.End();
        return new Txn(Z(1, counter), TxnKind.Application, output.WrittenMemory.ToArray());
    }

    private (string[] Lines, int Damaged) DumpLog()
    {
        using var text = new StringWriter { NewLine = "\n" };
        var damaged = LogDump.Write(text, Engine.Directory, _files);
        return (text.ToString().TrimEnd('\n').Split('\n'), damaged);
    }

    private (string[] Lines, int Damaged) DumpSnapshots(string path)
    {
        using var text = new StringWriter { NewLine = "\n" };
        var damaged = SnapshotDump.Write(text, path, _files);
        return (text.ToString().TrimEnd('\n').Split('\n'), damaged);
    }
}
