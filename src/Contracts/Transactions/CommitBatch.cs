namespace GrainKeeper.Contracts.Transactions;

/// <summary>Messages between parties of transactions, from one server to another, in no order that matters.</summary>
/// <param name="Sender">The id of the sending server.</param>
/// <param name="SenderIncarnation">The start of the sender.</param>
/// <param name="Count">How many messages it holds.</param>
/// <param name="Payload">The messages, each after its length as 4 bytes, big-endian: the protocol as a byte, then the envelope. Never changed after it is made. At most <see cref="MaxPayload"/> bytes.</param>
/// <param name="Proof">Shows that the sender knows the ensemble's secret. Clients of a gateway have none.</param>
[GenerateSerializer, Immutable, Alias("gk.CommitBatch")]
public sealed record CommitBatch(
    [property: Id(0)] int Sender,
    [property: Id(1)] long SenderIncarnation,
    [property: Id(2)] int Count,
    [property: Id(3)] byte[] Payload,
    [property: Id(4)] byte[] Proof)
{
    /// <summary>Largest payload of a batch, in bytes: 16 MiB.</summary>
    public const int MaxPayload = 16 * 1024 * 1024;

    /// <summary>Most messages in a batch.</summary>
    public const int MaxCount = 65_536;
}
