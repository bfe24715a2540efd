namespace GrainKeeper.Contracts.Trees;

/// <summary>Frames of a client to a server.</summary>
/// <param name="Number">The batch's number on its connection, from 1, without gaps.</param>
/// <param name="Bytes">Complete frames, each after its length as 4 bytes, big-endian. Never changed after it is made. At most <see cref="MaxBytes"/>, or one frame.</param>
[GenerateSerializer, Immutable, Alias("gk.FrameBatch")]
public sealed record FrameBatch(
    [property: Id(0)] long Number,
    [property: Id(1)] byte[] Bytes)
{
    /// <summary>Largest batch, in bytes: 16 MiB.</summary>
    public const int MaxBytes = 16 * 1024 * 1024;
}
