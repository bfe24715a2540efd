using System.Buffers;
using GrainKeeper.Core.Election;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Simulation.Network;

/// <summary>Sends a message through the real encodings, as a wire would.</summary>
public static class MessageCodecs
{
    /// <summary>Encodes and decodes a message.</summary>
    public static NetworkMessage RoundTrip(NetworkMessage message)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        if (message.Election is { } vote)
        {
            ElectionMessageCodec.Encode(buffer, vote);
            return new NetworkMessage(ElectionMessageCodec.Decode(buffer.WrittenMemory), null);
        }

        ZabEnvelopeCodec.Encode(buffer, message.Zab!);
        return new NetworkMessage(null, ZabEnvelopeCodec.Decode(buffer.WrittenMemory));
    }
}
