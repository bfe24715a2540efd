using GrainKeeper.Core;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Simulation.Servers;

/// <summary>Puts inputs and effects into words for the trace.</summary>
public static class Narration
{
    /// <summary>Names an input.</summary>
    public static string Of(ReplicaInput input) => input switch
    {
        ReplicaInput.Zab { Input: ZabInput.MessageReceived received } =>
            $"receives from {received.From}: {Of(received.Envelope)}",
        ReplicaInput.Zab { Input: ZabInput.LogRead read } => $"has read {read.Txns?.Count.ToString() ?? "no"} transactions",
        ReplicaInput.Zab zab => $"{zab.Input}",
        ReplicaInput.ClientFrames frames => $"takes {frames.Frames.Count} frames of connection {frames.Connection}",
        _ => $"{input}",
    };

    /// <summary>Names an effect.</summary>
    public static string Of(Effect effect) => effect switch
    {
        ZabEffect.Send send => $"send to {send.To}: {Of(send.Envelope)}",
        ZabEffect.Append append => $"append {append.Txns[0].Zxid}…{append.Txns[^1].Zxid} as token {append.Token}",
        ZabEffect.SnapshotInstallChunk chunk => $"write {chunk.Data.Length} bytes of a received state",
        ReplicaEffect.SendToClient send => $"{send.Bytes.Length} bytes to connection {send.Connection}",
        ReplicaEffect.SnapshotChunk chunk => $"{chunk.Data.Length} bytes of a snapshot at {chunk.Zxid}{(chunk.Last ? ", the last" : "")}",
        _ => $"{effect}",
    };

    private static string Of(ZabEnvelope envelope) => $"[{envelope.Channel}.{envelope.Sequence}] " + envelope.Message switch
    {
        ZabMessage.Proposals proposals => $"Proposals {proposals.Txns[0].Zxid}…{proposals.Txns[^1].Zxid}, committed {proposals.Committed}",
        ZabMessage.Application application => $"Application {application.Payload.Length} bytes",
        ZabMessage.SnapshotChunk chunk => $"SnapshotChunk {chunk.Index}, {chunk.Data.Length} bytes{(chunk.Last ? ", the last" : "")}",
        _ => $"{envelope.Message}",
    };
}
