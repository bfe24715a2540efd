namespace GrainKeeper.Core.Election.Authenticated;

/// <summary>The answer to a <see cref="SignedNotification"/> that did not carry the receiver's challenge: "sign with this one".</summary>
/// <param name="Value">The challenge; <see cref="SignedNotification.NonceLength"/> bytes.</param>
/// <param name="Nonce">The nonce of the notification that is answered; <see cref="SignedNotification.NonceLength"/> bytes.</param>
/// <param name="Mac">HMAC-SHA256 over both, sender and receiver; <see cref="SignedNotification.MacLength"/> bytes.</param>
public sealed record Challenge(ReadOnlyMemory<byte> Value, ReadOnlyMemory<byte> Nonce, ReadOnlyMemory<byte> Mac) : ElectionMessage;
