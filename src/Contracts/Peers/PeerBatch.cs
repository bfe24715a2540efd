namespace GrainKeeper.Contracts.Peers;

/// <summary>
/// Messages of one server to another in one tree and of one kind, in order. Batches of a link are numbered from 1; the receiver takes each number once
/// and in order, so that a batch sent again after an unknown outcome is not taken twice. A batch with number 0 and no messages only asks whether the receiver is there.
/// </summary>
/// <param name="Sender">The id of the sending server.</param>
/// <param name="SenderIncarnation">The start of the sender: grows with every start of its replica.</param>
/// <param name="Link">The incarnation of the link: grows whenever the sender gave up messages. A receiver that sees a new one has lost what was under way before.</param>
/// <param name="Number">The batch's number within the link's incarnation, from 1; 0 for a probe.</param>
/// <param name="Count">How many messages it holds.</param>
/// <param name="Payload">The messages, each after its length as 4 bytes, big-endian. Never changed after it is made. At most <see cref="MaxPayload"/> bytes.</param>
/// <param name="TreeCreated">The zxid at which the root tree created this tree (0 for the root tree itself): a server that has not heard yet that a tree was deleted and
/// created anew must not take part in the new one with its old data.</param>
/// <param name="Proof">Shows that the sender knows the ensemble's secret; the same for all batches of a link. Clients of a gateway have none.</param>
/// <param name="TakenIncarnation">The receipt that travels along: the start of the receiver of this batch whose own posted batches are meant; 0 for none.</param>
/// <param name="TakenLink">The receipt's link.</param>
/// <param name="Taken">All of the receiver's batches on that link up to this number have been taken.</param>
[GenerateSerializer, Immutable, Alias("gk.PeerBatch")]
public sealed record PeerBatch(
    [property: Id(0)] int Sender,
    [property: Id(1)] long SenderIncarnation,
    [property: Id(2)] long Link,
    [property: Id(3)] long Number,
    [property: Id(4)] int Count,
    [property: Id(5)] byte[] Payload,
    [property: Id(6)] long TreeCreated,
    [property: Id(7)] byte[] Proof,
    [property: Id(8)] long TakenIncarnation = 0,
    [property: Id(9)] long TakenLink = 0,
    [property: Id(10)] long Taken = 0)
{
    /// <summary>Largest payload of a batch, in bytes: 64 MiB.</summary>
    public const int MaxPayload = 64 * 1024 * 1024;
}
