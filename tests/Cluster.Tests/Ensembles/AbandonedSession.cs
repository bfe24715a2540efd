using System.Buffers;
using System.Buffers.Binary;
using GrainKeeper.Cluster.Tests.Hosting;
using GrainKeeper.Contracts.Trees;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.Cluster.Tests.Ensembles;

/// <summary>A session whose client has gone without a word.</summary>
internal static class AbandonedSession
{
    /// <summary>Makes a session with an ephemeral node.</summary>
    /// <returns>The session's id.</returns>
    public static async Task<long> MakeAsync(MiniServer server, string path, int timeout)
    {
        var replica = server.Replica(server.Id);
        var connection = await replica.OpenConnection(new ConnectionOptions("abandoned"));
        Assert.True(connection > 0, "the replica takes no connection");
        var frames = new ArrayBufferWriter<byte>();
        Append(frames, w => new ConnectRequest(0, 0, timeout, 0, new byte[16], false).Write(w));
        Append(frames, w =>
        {
            w.WriteInt(1);
            w.WriteInt((int)OpCode.Create);
            w.WriteString(path);
            w.WriteBuffer([]);
            w.WriteInt(1);
            w.WriteInt(31);
            w.WriteString("world");
            w.WriteString("anyone");
            w.WriteInt((int)CreateMode.Ephemeral);
        });
        Assert.Equal(SendOutcome.Accepted, await replica.Send(connection, new FrameBatch(1, frames.WrittenSpan.ToArray())));
        var received = new List<byte>();
        var after = 0L;
        long session = 0;
        await Eventually.Is(
            async () =>
            {
                var batch = await replica.Receive(connection, after, 1_000);
                Assert.Null(batch.ClosedReason);
                received.AddRange(batch.Bytes);
                after = batch.Bytes.Length > 0 ? batch.Number : after;
                return TryReadAnswers([.. received], out session);
            },
            () => $"{received.Count} bytes came");
        return session;
    }

    // The session, and a reply without an error.
    private static bool TryReadAnswers(byte[] bytes, out long session)
    {
        session = 0;
        if (bytes.Length < 4 || BinaryPrimitives.ReadInt32BigEndian(bytes) is var first && bytes.Length < 8 + first)
        {
            return false;
        }

        var connect = new JuteReader(bytes.AsSpan(4, first));
        session = ConnectResponse.Read(ref connect).SessionId;
        var second = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(4 + first));
        if (bytes.Length < 8 + first + second)
        {
            return false;
        }

        var reply = new JuteReader(bytes.AsSpan(8 + first, second));
        Assert.Equal(Core.Jute.ErrorCode.Ok, ReplyHeader.Read(ref reply).Error);
        return true;
    }

    private static void Append(ArrayBufferWriter<byte> frames, Action<JuteWriter> write)
    {
        var frame = new ArrayBufferWriter<byte>();
        write(new JuteWriter(frame));
        new JuteWriter(frames).WriteBuffer(frame.WrittenSpan);
    }
}
