using System.Buffers;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.Client.Sessions;

/// <summary>Tells a new connection which watches the session has that wait once (setWatches), in requests of limited size.</summary>
internal static class WatchRestorer
{
    private const int MostBytes = 128 * 1024;

    private static readonly WatchSlot[] Slots = [WatchSlot.Data, WatchSlot.Exist, WatchSlot.Child];

    internal static void Write(FrameWriter frames, WatchRegistry watches, Chroot chroot, long lastZxid)
    {
        var lists = Slots.Select(_ => new List<byte[]>()).ToArray();
        var bytes = 0;
        foreach (var slot in Slots)
        {
            foreach (var path in watches.Paths(slot))
            {
                var onServer = chroot.ToServer(path);
                if (bytes > 0 && bytes + onServer.Length > MostBytes)
                {
                    Flush(frames, lists, lastZxid);
                    bytes = 0;
                }

                lists[(int)slot].Add(onServer);
                bytes += onServer.Length + 4;
            }
        }

        if (bytes > 0)
        {
            Flush(frames, lists, lastZxid);
        }
    }

    private static void Flush(FrameWriter frames, List<byte[]>[] lists, long lastZxid)
    {
        var body = new ArrayBufferWriter<byte>();
        var writer = new JuteWriter(body);
        writer.WriteLong(lastZxid);
        foreach (var list in lists)
        {
            writer.WriteInt(list.Count);
            foreach (var path in list)
            {
                writer.WriteBuffer(path);
            }

            list.Clear();
        }

        frames.Request(ReservedXid.SetWatches, OpCode.SetWatches, body.WrittenSpan);
    }
}
