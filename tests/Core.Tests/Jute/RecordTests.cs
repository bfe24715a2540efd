using System.Buffers;
using System.Text;
using CsCheck;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Core.Tests.Jute;

/// <summary>Every record of the client protocol: read back as written, refused when cut or when a length lies.</summary>
public class RecordTests
{
    private static readonly Stat Stat = new(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
    private static readonly AclList Acl = new([new AclEntry(Permissions.All, "world", "anyone"), new AclEntry(Permissions.Read, "digest", "bob:ü")]);

    private delegate void Copier(ref JuteReader reader, JuteWriter writer);

    public static TheoryData<string> Names => [.. Records.Keys];

    private static Dictionary<string, (Action<JuteWriter> Write, Copier Copy)> Records { get; } = new()
    {
        ["connect request"] = (w => new ConnectRequest(0, 77, 4_000, 0x1234, "0123456789abcdef"u8, true).Write(w), (ref r, w) => ConnectRequest.Read(ref r).Write(w)),
        ["connect response"] = (w => new ConnectResponse(0, 4_000, 0x1234, "0123456789abcdef"u8, false).Write(w), (ref r, w) => ConnectResponse.Read(ref r).Write(w)),
        ["request header"] = (w => new RequestHeader(-8, OpCode.SetWatches).Write(w), (ref r, w) => RequestHeader.Read(ref r).Write(w)),
        ["reply header"] = (w => new ReplyHeader(5, long.MinValue, ErrorCode.NoNode).Write(w), (ref r, w) => ReplyHeader.Read(ref r).Write(w)),
        ["multi header"] = (w => MultiHeader.End.Write(w), (ref r, w) => MultiHeader.Read(ref r).Write(w)),
        ["create"] = (w => new CreateRequest("/a"u8, "data"u8, false, AclJute.ToVector(Acl), 3).Write(w, OpCode.Create), (ref r, w) => CreateRequest.Read(ref r, OpCode.Create).Write(w, OpCode.Create)),
        ["create ttl"] = (w => new CreateRequest("/a"u8, default, true, default, 5, 99).Write(w, OpCode.CreateTtl), (ref r, w) => CreateRequest.Read(ref r, OpCode.CreateTtl).Write(w, OpCode.CreateTtl)),
        ["path"] = (w => new PathRecord("/a"u8).Write(w), (ref r, w) => PathRecord.Read(ref r).Write(w)),
        ["path watch"] = (w => new PathWatchRequest("/a"u8, true).Write(w), (ref r, w) => PathWatchRequest.Read(ref r).Write(w)),
        ["path version"] = (w => new PathVersionRequest("/a"u8, -1).Write(w), (ref r, w) => PathVersionRequest.Read(ref r).Write(w)),
        ["path mode"] = (w => new PathModeRequest("/a"u8, 1).Write(w), (ref r, w) => PathModeRequest.Read(ref r).Write(w)),
        ["set data"] = (w => new SetDataRequest("/a"u8, "d"u8, false, 3).Write(w), (ref r, w) => SetDataRequest.Read(ref r).Write(w)),
        ["set null data"] = (w => new SetDataRequest("/a"u8, default, true, 3).Write(w), (ref r, w) => SetDataRequest.Read(ref r).Write(w)),
        ["set acl"] = (w => new SetAclRequest("/a"u8, AclJute.ToVector(Acl), 3).Write(w), (ref r, w) => SetAclRequest.Read(ref r).Write(w)),
        ["reconfig"] = (w => new ReconfigRequest("server.4=x"u8, "1"u8, default, -1).Write(w), (ref r, w) => ReconfigRequest.Read(ref r).Write(w)),
        ["watcher event"] = (w => new WatcherEvent(3, 3, "/a"u8).Write(w), (ref r, w) => WatcherEvent.Read(ref r).Write(w)),
        ["auth"] = (w => new AuthPacket(0, "digest"u8, "bob:secret"u8).Write(w), (ref r, w) => AuthPacket.Read(ref r).Write(w)),
        ["create2 response"] = (w => new Create2Response("/a"u8, Stat).Write(w), (ref r, w) => Create2Response.Read(ref r).Write(w)),
        ["get data response"] = (w => new GetDataResponse("d"u8, false, Stat).Write(w), (ref r, w) => GetDataResponse.Read(ref r).Write(w)),
        ["get acl response"] = (w => new GetAclResponse(AclJute.ToVector(Acl), Stat).Write(w), (ref r, w) => GetAclResponse.Read(ref r).Write(w)),
        ["children"] = (w => Strings(w, "a", "ü", ""), (ref r, w) => GetChildrenResponse.Read(ref r).Write(w)),
        ["children2"] = (WriteChildren2, (ref r, w) => GetChildren2Response.Read(ref r).Write(w)),
        ["stat"] = (w => Stat.Write(w), (ref r, w) => GrainKeeper.Core.Jute.Stat.Read(ref r).Write(w)),
        ["set watches"] = (w => WriteSetWatches(w, 3), (ref r, w) => SetWatchesRequest.Read(ref r, OpCode.SetWatches).Write(w, OpCode.SetWatches)),
        ["set watches 2"] = (w => WriteSetWatches(w, 5), (ref r, w) => SetWatchesRequest.Read(ref r, OpCode.SetWatches2).Write(w, OpCode.SetWatches2)),
        ["who am i"] = (w => WhoAmIResponse.Write(w, WhoAmI), CopyWhoAmI),
    };

    private static KeyValuePair<string, string>[] WhoAmI => [new("ip", "127.0.0.1"), new("digest", "bob")];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_record_is_read_as_it_was_written(string name)
    {
        var bytes = Encode(Records[name].Write);
        var reader = new JuteReader(bytes);
        var copy = new ArrayBufferWriter<byte>();
        Records[name].Copy(ref reader, new JuteWriter(copy));

        Assert.Equal(0, reader.Remaining);
        Assert.Equal(bytes, copy.WrittenSpan.ToArray());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_record_cut_at_any_byte_is_refused(string name)
    {
        var bytes = Encode(Records[name].Write);
        for (var cut = 0; cut < bytes.Length; cut++)
        {
            if (name.StartsWith("connect", StringComparison.Ordinal) && cut == bytes.Length - 1)
            {
                // The handshake of clients before 3.4 ends here.
                continue;
            }

            Assert.Throws<JuteFormatException>(() => Copy(name, bytes[..cut]));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_huge_or_negative_number_anywhere_is_read_as_a_number_or_refused_without_allocating(string name)
    {
        var bytes = Encode(Records[name].Write);
        for (var at = 0; at + 4 <= bytes.Length; at++)
        {
            foreach (var number in new[] { int.MaxValue, int.MinValue, -2, 0x00ffffff, 0x7fffffff - at })
            {
                var damaged = (byte[])bytes.Clone();
                System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(damaged.AsSpan(at), number);
                var before = GC.GetAllocatedBytesForCurrentThread();
                try
                {
                    Copy(name, damaged);
                }
                catch (JuteFormatException)
                {
                    // Refused.
                }

                Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
            }
        }
    }

    [Fact]
    public void Random_records_are_read_as_they_were_written()
    {
        Gen.Select(Gen.Byte.Array[0, 60], Gen.Byte.Array[0, 60], Gen.Bool, Gen.Int, Gen.Long).Sample(
            (path, data, isNull, number, wide) =>
            {
                var written = Encode(w =>
                {
                    new CreateRequest(path, isNull ? [] : data, isNull, AclJute.ToVector(Acl), number, wide).Write(w, OpCode.CreateTtl);
                    new SetDataRequest(path, isNull ? [] : data, isNull, number).Write(w);
                    new ConnectRequest(number, wide, number, wide, data, isNull).Write(w);
                    new ReplyHeader(number, wide, (ErrorCode)number).Write(w);
                });
                var reader = new JuteReader(written);
                var create = CreateRequest.Read(ref reader, OpCode.CreateTtl);
                Assert.True(create.Path.SequenceEqual(path) && create.Data.SequenceEqual(isNull ? [] : data));
                Assert.Equal((isNull, number, wide), (create.DataIsNull, create.Flags, create.Ttl));
                Assert.Equal(Acl, AclJute.ToList(create.Acl));
                var set = SetDataRequest.Read(ref reader);
                Assert.True(set.Path.SequenceEqual(path) && set.Data.SequenceEqual(isNull ? [] : data));
                Assert.Equal((isNull, number), (set.DataIsNull, set.Version));
                var connect = ConnectRequest.Read(ref reader);
                Assert.True(connect.Password.SequenceEqual(data));
                Assert.Equal((number, wide, number, wide, (bool?)isNull), (connect.ProtocolVersion, connect.LastZxidSeen, connect.Timeout, connect.SessionId, connect.ReadOnly));
                Assert.Equal(new ReplyHeader(number, wide, (ErrorCode)number), ReplyHeader.Read(ref reader));
                Assert.Equal(0, reader.Remaining);
            },
            iter: 2_000);
    }

    [Fact]
    public void Random_bytes_never_do_more_than_be_refused()
    {
        Gen.Select(Gen.Byte.Array[0, 120], Gen.Int[0, Records.Count - 1]).Sample(
            (bytes, record) =>
            {
                try
                {
                    Copy(Records.Keys.ElementAt(record), bytes);
                }
                catch (JuteFormatException)
                {
                    // Refused.
                }
            },
            iter: 20_000);
    }

    [Fact]
    public void The_handshake_is_44_or_45_bytes_as_the_client_is_old_or_new()
    {
        Assert.Equal(45, Encode(w => new ConnectRequest(0, 0, 4_000, 0, new byte[16], false).Write(w)).Length);
        var old = Encode(w => new ConnectRequest(0, 0, 4_000, 0, new byte[16], null).Write(w));
        Assert.Equal(44, old.Length);
        var reader = new JuteReader(old);
        Assert.Null(ConnectRequest.Read(ref reader).ReadOnly);
    }

    [Fact]
    public void Fields_stand_on_the_wire_in_ZooKeepers_order()
    {
        Assert.Equal(
            "000000022F61" + "00000001FF" + "00000001" + "0000001F" + "00000005" + Hex("world") + "00000006" + Hex("anyone") + "00000002",
            Convert.ToHexString(Encode(w => new CreateRequest("/a"u8, [0xff], false, AclJute.ToVector(AclList.Open), 2).Write(w, OpCode.Create))));
        Assert.Equal(
            "0000000000000001" + "0000000000000002" + "0000000000000003" + "0000000000000004" + "00000005" + "00000006" + "00000007" +
            "0000000000000008" + "00000009" + "0000000A" + "000000000000000B",
            Convert.ToHexString(Encode(w => Stat.Write(w))));
        Assert.Equal("FFFFFFFF" + "01" + "FFFFFFFF", Convert.ToHexString(Encode(w => MultiHeader.End.Write(w))));
        Assert.Equal("00000001" + "00000003" + "000000022F61", Convert.ToHexString(Encode(w => new WatcherEvent(1, 3, "/a"u8).Write(w))));
        Assert.Equal("00000005" + "0000000000000007" + "FFFFFF9B", Convert.ToHexString(Encode(w => new ReplyHeader(5, 7, ErrorCode.NoNode).Write(w))));
        Assert.Equal(68, Stat.Size);
    }

    [Fact]
    public void Null_vectors_and_buffers_read_as_empty()
    {
        var reader = new JuteReader([0xff, 0xff, 0xff, 0xff]);
        var acl = AclVector.Read(ref reader);
        Assert.True(acl.IsNull);
        Assert.Empty(AclJute.ToList(acl));
        reader = new JuteReader([0xff, 0xff, 0xff, 0xff]);
        Assert.Equal(0, StringVector.Read(ref reader).Count);
    }

    [Fact]
    public void An_ACL_with_bad_text_or_too_many_entries_is_refused()
    {
        var bad = Encode(w =>
        {
            w.WriteInt(1);
            w.WriteInt(31);
            w.WriteBuffer([0xff]);
            w.WriteBuffer("x"u8);
        });
        Assert.Throws<JuteFormatException>(() => ToList(bad));
        var many = Encode(w =>
        {
            w.WriteInt(AclList.MaxEntries + 1);
            for (var i = 0; i <= AclList.MaxEntries; i++)
            {
                w.WriteInt(31);
                w.WriteBuffer("world"u8);
                w.WriteBuffer("anyone"u8);
            }
        });
        Assert.Throws<JuteFormatException>(() => ToList(many));
    }

    private static AclList ToList(byte[] bytes)
    {
        var reader = new JuteReader(bytes);
        return AclJute.ToList(AclVector.Read(ref reader));
    }

    private static string Hex(string text) => Convert.ToHexString(Encoding.UTF8.GetBytes(text));

    private static byte[] Encode(Action<JuteWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        write(new JuteWriter(buffer));
        return buffer.WrittenSpan.ToArray();
    }

    private static void Copy(string name, byte[] bytes)
    {
        var reader = new JuteReader(bytes);
        Records[name].Copy(ref reader, new JuteWriter(new ArrayBufferWriter<byte>()));
    }

    private static void Strings(JuteWriter writer, params string[] texts)
    {
        writer.WriteInt(texts.Length);
        foreach (var text in texts)
        {
            writer.WriteString(text);
        }
    }

    private static void WriteChildren2(JuteWriter writer)
    {
        Strings(writer, "a", "b");
        Stat.Write(writer);
    }

    private static void WriteSetWatches(JuteWriter writer, int lists)
    {
        writer.WriteLong(9);
        for (var i = 0; i < lists; i++)
        {
            Strings(writer, [.. Enumerable.Range(0, i).Select(n => $"/w{n}")]);
        }
    }

    private static void CopyWhoAmI(ref JuteReader reader, JuteWriter writer)
    {
        var identities = new List<KeyValuePair<string, string>>();
        foreach (var item in WhoAmIResponse.Read(ref reader))
        {
            identities.Add(new(Encoding.UTF8.GetString(item.Scheme), Encoding.UTF8.GetString(item.Id)));
        }

        WhoAmIResponse.Write(writer, identities);
    }
}
