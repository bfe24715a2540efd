using GrainKeeper.Core.Election.Fast;

namespace GrainKeeper.Core.Election.Authenticated;

/// <summary>
/// A notification with the proof that its sender knows the ensemble's secret, wrote it for this receiver, and wrote it after the receiver's challenge.
/// </summary>
/// <param name="Notification">What is told.</param>
/// <param name="Nonce">Names the sender's present life; <see cref="NonceLength"/> bytes.</param>
/// <param name="Challenge">The receiver's challenge, or zeros while the sender does not know it; <see cref="NonceLength"/> bytes.</param>
/// <param name="Sequence">Grows with each message from this sender's life to this receiver; 1 or more.</param>
/// <param name="Mac">HMAC-SHA256 over all of the above, sender and receiver; <see cref="MacLength"/> bytes.</param>
public sealed record SignedNotification(
    FastNotification Notification,
    ReadOnlyMemory<byte> Nonce,
    ReadOnlyMemory<byte> Challenge,
    long Sequence,
    ReadOnlyMemory<byte> Mac) : ElectionMessage
{
    /// <summary>Bytes of a nonce and of a challenge.</summary>
    public const int NonceLength = 16;

    /// <summary>Bytes of a signature.</summary>
    public const int MacLength = 32;
}
