using System.Buffers;
using System.Text;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Core.Tests.Replica;

/// <summary>Request bodies and frames as clients send them.</summary>
internal static class Frames
{
    public delegate void Writing(JuteWriter writer);

    public static byte[] Bytes(Writing write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        write(new JuteWriter(buffer));
        return buffer.WrittenSpan.ToArray();
    }

    public static byte[] Request(int xid, OpCode type, byte[] body, bool linearizable = false) => Bytes(w =>
    {
        new RequestHeader(xid, type, linearizable).Write(w);
        w.WriteRaw(body);
    });

    public static byte[] Connect(int timeout = 4_000, long session = 0, byte[]? password = null, long seen = 0, bool? readOnly = false) =>
        Bytes(w => new ConnectRequest(0, seen, timeout, session, password ?? new byte[16], readOnly).Write(w));

    public static byte[] Create(string path, string? data = "", int flags = 0, AclList? acl = null, long? ttl = null) => Bytes(w =>
    {
        w.WriteString(path);
        if (data is null)
        {
            w.WriteNull();
        }
        else
        {
            w.WriteString(data);
        }

        AclJute.Write(w, acl ?? AclList.Open);
        w.WriteInt(flags);
        if (ttl is { } value)
        {
            w.WriteLong(value);
        }
    });

    public static byte[] PathVersion(string path, int version = -1) => Bytes(w =>
    {
        w.WriteString(path);
        w.WriteInt(version);
    });

    public static byte[] SetData(string path, string data, int version = -1) => Bytes(w =>
    {
        w.WriteString(path);
        w.WriteString(data);
        w.WriteInt(version);
    });

    public static byte[] SetAcl(string path, AclList acl, int version = -1) => Bytes(w =>
    {
        w.WriteString(path);
        AclJute.Write(w, acl);
        w.WriteInt(version);
    });

    public static byte[] PathWatch(string path, bool watch = false) => Bytes(w =>
    {
        w.WriteString(path);
        w.WriteBool(watch);
    });

    public static byte[] Path(string path) => Bytes(w => w.WriteString(path));

    public static byte[] PathMode(string path, int mode) => PathVersion(path, mode);

    public static byte[] Auth(string scheme, string auth) => Bytes(w => new AuthPacket(0, Encoding.UTF8.GetBytes(scheme), Encoding.UTF8.GetBytes(auth)).Write(w));

    public static byte[] Multi(params (OpCode Type, byte[] Body)[] parts) => Bytes(w =>
    {
        foreach (var (type, body) in parts)
        {
            MultiHeader.Request(type).Write(w);
            w.WriteRaw(body);
        }

        MultiHeader.End.Write(w);
    });

    public static byte[] SetWatches(long seen, string[] data, string[] exist, string[] child) => Bytes(w =>
    {
        w.WriteLong(seen);
        Strings(w, data);
        Strings(w, exist);
        Strings(w, child);
    });

    public static byte[] ResumeWatches(long zxid, int ordinal, int most, string[] persistent, string[] recursive) => Bytes(w =>
    {
        w.WriteLong(zxid);
        w.WriteInt(ordinal);
        w.WriteInt(most);
        Strings(w, persistent);
        Strings(w, recursive);
    });

    public static AclList Acl(Permissions permissions, string scheme, string id) => new([new AclEntry(permissions, scheme, id)]);

    private static void Strings(JuteWriter writer, string[] values)
    {
        writer.WriteInt(values.Length);
        foreach (var value in values)
        {
            writer.WriteString(value);
        }
    }
}
