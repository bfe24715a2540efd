using System.Buffers.Binary;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.Core.Replica;

/// <summary>Tells, before a core has seen them, requests that are likely to be answered by the server that has them, without its leader.</summary>
public static class LocalRequests
{
    private const int TypeAt = 4;

    /// <summary>Whether frames are all reads and pings. A guess: what was asked before them on the connection, and whether there is a session, is for the core to know.</summary>
    /// <param name="frames">Requests without their length prefixes.</param>
    public static bool All(IReadOnlyList<ReadOnlyMemory<byte>> frames)
    {
        for (var i = 0; i < frames.Count; i++)
        {
            var frame = frames[i].Span;
            if (frame.Length < TypeAt + sizeof(int)
                || BinaryPrimitives.ReadInt32BigEndian(frame[TypeAt..]) is var type && type != (int)OpCode.Ping && !ReadProcessor.IsRead((OpCode)type))
            {
                return false;
            }
        }

        return true;
    }
}
