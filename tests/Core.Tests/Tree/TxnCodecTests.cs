using System.Buffers;
using System.Text;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Core.Tests.Tree;

public class TxnCodecTests
{
    private static readonly AclList Acl = new([new AclEntry(Permissions.All, "digest", "bob:hash"), new AclEntry(Permissions.Read, "ip", "10.0.0.0/8")]);

    public static TheoryData<string> Kinds => [.. Samples.Keys];

    private static Dictionary<string, byte[]> Samples => new()
    {
        ["create"] = Txns.Make(OpCode.Create2, w => w.Create(OpCode.Create2, "/a/ü"u8, "data"u8, false, Acl, NodeKind.Persistent, 0, int.MaxValue), long.MinValue, 1_700_000_000_000, -8),
        ["ephemeral"] = Txns.Make(OpCode.Create, w => w.Create(OpCode.Create, "/a/e"u8, [], true, Acl, NodeKind.Ephemeral, -5, 2)),
        ["ttl"] = Txns.Make(OpCode.CreateTtl, w => w.Create(OpCode.CreateTtl, "/a/t"u8, [], false, AclList.Open, NodeKind.Ttl, 1L << 39, 2)),
        ["container"] = Txns.Make(OpCode.CreateContainer, w => w.Create(OpCode.CreateContainer, "/c"u8, [], false, AclList.Open, NodeKind.Container, 0, 1)),
        ["delete"] = Txns.Delete("/a/b"),
        ["collected"] = Txns.Make(OpCode.DeleteContainer, w => w.Delete(OpCode.DeleteContainer, "/c"u8)),
        ["set"] = Txns.SetData("/a", [1, 2], int.MinValue),
        ["reconfig"] = Txns.Make(OpCode.Reconfig, w => w.SetData(OpCode.Reconfig, "/zookeeper/config"u8, "server.1=…"u8, false, 3)),
        ["acl"] = Txns.SetAcl("/a", Acl, 4),
        ["check"] = Txns.Make(OpCode.Multi, w => w.Check("/a"u8, -1)),
        ["open"] = Txns.Make(OpCode.CreateSession, w => w.CreateSession(30_000)),
        ["close"] = Txns.CloseSession(0x77, "/a/b", "/c"),
        ["close nothing"] = Txns.CloseSession(0x77),
        ["error"] = Txns.Make(OpCode.Error, w => w.Error(ErrorCode.NodeExists)),
        ["record"] = Txns.Make(OpCode.CommitRecord, w => w.CommitRecord(Entry(new CommitRecord.Decided(Decision.Abort, null, "why"))), 0, 1_000, 0),
        ["forget"] = Txns.Make(OpCode.CommitForget, w => w.CommitForget(Key()), 0, 1_000, 0),
        ["finish"] = Txns.Make(
            OpCode.CommitFinish,
            w =>
            {
                w.CommitFinish(Key());
                w.Delete(OpCode.Delete, "/a"u8);
            },
            0,
            1_000,
            0),
        ["barrier"] = Txns.Make(OpCode.CommitBarrier, w => w.CommitBarrier(), 0, 1_000, 0),
        ["empty multi"] = Txns.Make(OpCode.Multi, _ => { }),
        ["multi"] = Txns.Make(
            OpCode.Multi,
            w =>
            {
                w.Create(OpCode.Create, "/m"u8, [1], false, Acl, NodeKind.Persistent, 0, 9);
                w.Check("/m"u8, 0);
                w.SetData(OpCode.SetData, "/m"u8, [], true, 1);
                w.Delete(OpCode.Delete, "/m"u8);
                w.Error(ErrorCode.RuntimeInconsistency);
            }),
    };

    private static CommitKey Transaction => new(new TransactionId("root", 7, 42), CommitParty.Of(new ParticipantId("tree.root")));

    private static byte[] Entry(CommitRecord record)
    {
        var buffer = new ArrayBufferWriter<byte>();
        CommitLogCodec.Encode(buffer, new CommitLogEntry(Transaction.Id, Transaction.Owner, record));
        return buffer.WrittenSpan.ToArray();
    }

    private static byte[] Key()
    {
        var buffer = new ArrayBufferWriter<byte>();
        CommitLogCodec.EncodeKey(buffer, Transaction);
        return buffer.WrittenSpan.ToArray();
    }

    [Fact]
    public void A_transaction_of_atomic_commit_is_of_a_format_that_earlier_versions_refuse_and_all_others_are_as_before()
    {
        Assert.All(["record", "forget", "finish", "barrier"], kind => Assert.Equal(2, Samples[kind][0]));
        Assert.All(Samples.Keys.Except(["record", "forget", "finish", "barrier"]), kind => Assert.Equal(1, Samples[kind][0]));
        Assert.Throws<FormatException>(() => TxnReader.Validate([1, .. Samples["record"][1..]]));
        Assert.Throws<FormatException>(() => TxnReader.Validate([2, .. Samples["delete"][1..]]));
    }

    [Theory]
    [InlineData("create", "2023-11-14T22:13:20.000Z session 0x8000000000000000 cxid -8 create2 /a/ü 4 B acl digest:bob:…:cdrwa,ip:10.0.0.0/8:r parent cversion 2147483647")]
    [InlineData("ephemeral", "1970-01-01T00:00:01.000Z session 0x11 cxid 7 create /a/e no data ephemeral of 0xfffffffffffffffb acl digest:bob:…:cdrwa,ip:10.0.0.0/8:r parent cversion 2")]
    [InlineData("ttl", "1970-01-01T00:00:01.000Z session 0x11 cxid 7 createTtl /a/t 0 B ttl 549755813888 ms acl world:anyone:cdrwa parent cversion 2")]
    [InlineData("container", "1970-01-01T00:00:01.000Z session 0x11 cxid 7 createContainer /c 0 B container acl world:anyone:cdrwa parent cversion 1")]
    [InlineData("delete", "1970-01-01T00:00:01.000Z session 0x11 cxid 7 delete /a/b")]
    [InlineData("collected", "1970-01-01T00:00:01.000Z session 0x11 cxid 7 deleteContainer /c")]
    [InlineData("set", "1970-01-01T00:00:01.000Z session 0x11 cxid 7 setData /a 2 B version -2147483648")]
    [InlineData("reconfig", "1970-01-01T00:00:01.000Z session 0x11 cxid 7 reconfig /zookeeper/config 12 B version 3")]
    [InlineData("acl", "1970-01-01T00:00:01.000Z session 0x11 cxid 7 setAcl /a acl digest:bob:…:cdrwa,ip:10.0.0.0/8:r version 4")]
    [InlineData("check", "1970-01-01T00:00:01.000Z session 0x11 cxid 7 multi [check /a version -1]")]
    [InlineData("open", "1970-01-01T00:00:01.000Z session 0x11 cxid 7 createSession timeout 30000 ms")]
    [InlineData("close", "1970-01-01T00:00:01.000Z session 0x77 cxid 7 closeSession /a/b /c")]
    [InlineData("close nothing", "1970-01-01T00:00:01.000Z session 0x77 cxid 7 closeSession")]
    [InlineData("error", "1970-01-01T00:00:01.000Z session 0x11 cxid 7 error NodeExists")]
    [InlineData("record", "1970-01-01T00:00:01.000Z session 0x0 cxid 0 commitRecord root:7:42 tree.root abort (why)")]
    [InlineData("forget", "1970-01-01T00:00:01.000Z session 0x0 cxid 0 commitForget root:7:42 tree.root")]
    [InlineData("finish", "1970-01-01T00:00:01.000Z session 0x0 cxid 0 commitFinish [commitFinish root:7:42 tree.root; delete /a]")]
    [InlineData("barrier", "1970-01-01T00:00:01.000Z session 0x0 cxid 0 commitBarrier")]
    [InlineData("empty multi", "1970-01-01T00:00:01.000Z session 0x11 cxid 7 multi []")]
    [InlineData("multi", "1970-01-01T00:00:01.000Z session 0x11 cxid 7 multi [create /m 1 B acl digest:bob:…:cdrwa,ip:10.0.0.0/8:r parent cversion 9; check /m version 0; setData /m no data version 1; delete /m; error RuntimeInconsistency]")]
    public void A_transaction_reads_as_it_was_written_and_shows_as_one_line(string kind, string line) =>
        Assert.Equal(line, TxnFormatter.Describe(Samples[kind]));

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_transaction_cut_at_any_byte_or_followed_by_one_is_refused(string kind)
    {
        var payload = Samples[kind];
        TxnReader.Validate(payload);
        for (var cut = 0; cut < payload.Length; cut++)
        {
            Assert.Throws<FormatException>(() => TxnReader.Validate(payload.AsSpan(0, cut)));
            Assert.Contains("DAMAGED", TxnFormatter.Describe(payload.AsSpan(0, cut)), StringComparison.Ordinal);
        }

        Assert.Throws<FormatException>(() => TxnReader.Validate([.. payload, 0]));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_transaction_with_any_byte_changed_is_refused_or_read_but_never_breaks_the_reader(string kind)
    {
        var payload = Samples[kind];
        for (var at = 0; at < payload.Length; at++)
        {
            for (var value = 0; value < 256; value++)
            {
                var damaged = (byte[])payload.Clone();
                damaged[at] = (byte)value;
                var line = TxnFormatter.Describe(damaged);
                Assert.DoesNotContain('\n', line);
                try
                {
                    TxnReader.Validate(damaged);
                }
                catch (FormatException)
                {
                    Assert.Contains("DAMAGED", line, StringComparison.Ordinal);
                }
            }
        }
    }

    [Fact]
    public void Huge_lengths_and_counts_are_refused_before_anything_is_allocated()
    {
        byte[] hugeLength = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
        var head = Txns.Make(OpCode.CloseSession, w => w.CloseSession(0))[..^2];
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<FormatException>(() => TxnReader.Validate([.. head, .. hugeLength]));
        Assert.Throws<FormatException>(() => TxnReader.Validate([.. head[..^1], (byte)OpCode.Delete, .. hugeLength]));
        Assert.Throws<FormatException>(() => TxnReader.Validate([.. head[..^1], (byte)OpCode.Delete, .. hugeLength[..^1], 0x02]));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    [Theory]
    [InlineData("")]
    [InlineData("relative")]
    [InlineData("/slash/")]
    public void A_path_that_could_not_be_linked_is_refused(string path) =>
        Assert.Throws<FormatException>(() => TxnReader.Validate(Txns.Delete(path)));

    [Fact]
    public void A_single_transaction_has_exactly_one_operation()
    {
        Assert.Throws<FormatException>(() => TxnReader.Validate(Txns.Make(OpCode.Delete, _ => { })));
        Assert.Throws<FormatException>(() => TxnReader.Validate(Txns.Make(
            OpCode.Delete,
            w =>
            {
                w.Delete(OpCode.Delete, "/a"u8);
                w.Delete(OpCode.Delete, "/b"u8);
            })));
    }

    [Fact]
    public void An_ACL_keeps_its_entries_and_compares_by_value()
    {
        var again = AclList.Decode(Acl.Encoded);

        Assert.Equal(Acl, again);
        Assert.Equal(Acl.GetHashCode(), again.GetHashCode());
        Assert.Equal(Acl.ToArray(), again.ToArray());
        Assert.NotEqual(Acl, AclList.Open);
        Assert.Empty(new AclList([]));
        Assert.Throws<ArgumentException>(() => new AclList(Enumerable.Repeat(Acl[0], AclList.MaxEntries + 1)));
        for (var cut = 0; cut < Acl.Encoded.Length; cut++)
        {
            Assert.Throws<FormatException>(() => AclList.Decode(Acl.Encoded[..cut]));
        }

        Assert.Throws<FormatException>(() => AclList.Decode([1, 31, 1, 0xff, 0]));
    }

    [Fact]
    public void Dumps_never_show_data_or_hashes_of_passwords()
    {
        var line = TxnFormatter.Describe(Txns.Make(
            OpCode.Create,
            w => w.Create(OpCode.Create, "/a"u8, Encoding.UTF8.GetBytes("secret-data"), false, Acl, NodeKind.Persistent, 0, 1)));

        Assert.DoesNotContain("secret", line, StringComparison.Ordinal);
        Assert.DoesNotContain("hash", line, StringComparison.Ordinal);
    }
}
