using System.Buffers;
using System.Buffers.Binary;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Simulation.Clients;

/// <summary>A client's side of ZooKeeper's wire protocol: requests as frames without their length prefix.</summary>
public static class Frames
{
    /// <summary>The xid of notifications.</summary>
    public const int NotificationXid = -1;

    /// <summary>The xid of pings.</summary>
    public const int PingXid = -2;

    /// <summary>The xid of setWatches.</summary>
    public const int SetWatchesXid = -8;

    /// <summary>The handshake.</summary>
    public static ReadOnlyMemory<byte> Connect(Zxid lastSeen, int timeout, long session, ReadOnlySpan<byte> password)
    {
        var buffer = new ArrayBufferWriter<byte>(48);
        var writer = new JuteWriter(buffer);
        writer.WriteInt(0);
        writer.WriteLong(lastSeen.Value);
        writer.WriteInt(timeout);
        writer.WriteLong(session);
        writer.WriteBuffer(password);
        writer.WriteBool(false);
        return buffer.WrittenMemory;
    }

    /// <summary>A ping.</summary>
    public static ReadOnlyMemory<byte> Ping()
    {
        var buffer = new ArrayBufferWriter<byte>(8);
        Header(new JuteWriter(buffer), PingXid, OpCode.Ping);
        return buffer.WrittenMemory;
    }

    /// <summary>The watches of a client that has connected again.</summary>
    public static ReadOnlyMemory<byte> SetWatches(Zxid since, IReadOnlyList<string> data, IReadOnlyList<string> exist, IReadOnlyList<string> child)
    {
        var buffer = new ArrayBufferWriter<byte>(128);
        var writer = new JuteWriter(buffer);
        Header(writer, SetWatchesXid, OpCode.SetWatches);
        writer.WriteLong(since.Value);
        foreach (var paths in new[] { data, exist, child })
        {
            writer.WriteInt(paths.Count);
            foreach (var path in paths)
            {
                writer.WriteString(path);
            }
        }

        return buffer.WrittenMemory;
    }

    /// <summary>A request.</summary>
    public static ReadOnlyMemory<byte> Request(ClientRequest request)
    {
        var buffer = new ArrayBufferWriter<byte>(96);
        var writer = new JuteWriter(buffer);
        new RequestHeader(request.Xid, request.Type, request.Linearizable).Write(writer);
        if (request.Type == OpCode.Multi)
        {
            foreach (var part in request.Parts)
            {
                MultiHeader(writer, (int)part.Type, done: false);
                Body(writer, part);
            }

            MultiHeader(writer, -1, done: true);
        }
        else
        {
            Body(writer, request);
        }

        return buffer.WrittenMemory;
    }

    /// <summary>The bytes that stand for a value: 8 bytes and some more, so that sizes differ.</summary>
    public static byte[] Data(long value)
    {
        var data = new byte[8 + (int)(value % 7 * 5)];
        BinaryPrimitives.WriteInt64BigEndian(data, value);
        return data;
    }

    /// <summary>The value that the bytes stand for; −1 when they stand for none.</summary>
    public static long Value(ReadOnlySpan<byte> data)
    {
        var value = data.Length >= 8 ? BinaryPrimitives.ReadInt64BigEndian(data) : -1;
        return value >= 0 && data.SequenceEqual(Data(value)) ? value : -1;
    }

    private static void Header(JuteWriter writer, int xid, OpCode type)
    {
        writer.WriteInt(xid);
        writer.WriteInt((int)type);
    }

    private static void MultiHeader(JuteWriter writer, int type, bool done)
    {
        writer.WriteInt(type);
        writer.WriteBool(done);
        writer.WriteInt(-1);
    }

    private static void Body(JuteWriter writer, ClientRequest request)
    {
        switch (request.Type)
        {
            case OpCode.Create or OpCode.Create2 or OpCode.CreateContainer:
                writer.WriteString(request.Path);
                writer.WriteBuffer(Data(request.Value));
                writer.WriteInt(1);
                writer.WriteInt(31);
                writer.WriteString("world");
                writer.WriteString("anyone");
                writer.WriteInt(request.Flags);
                break;
            case OpCode.SetData:
                writer.WriteString(request.Path);
                writer.WriteBuffer(Data(request.Value));
                writer.WriteInt(request.Version);
                break;
            case OpCode.Delete or OpCode.Check:
                writer.WriteString(request.Path);
                writer.WriteInt(request.Version);
                break;
            case OpCode.GetData or OpCode.Exists or OpCode.GetChildren or OpCode.GetChildren2:
                writer.WriteString(request.Path);
                writer.WriteBool(request.Watch);
                break;
            case OpCode.Sync:
                writer.WriteString(request.Path);
                break;
            case OpCode.CloseSession:
                break;
            default:
                throw new InvalidOperationException($"the simulated client does not send {request.Type}");
        }
    }
}
