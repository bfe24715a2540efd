using System.Security.Cryptography;
using GrainKeeper.Contracts.Transactions;

namespace GrainKeeper.Grains.Transactions;

/// <summary>
/// What calls between servers and participants' grains prove their origin with: an HMAC-SHA256 under the ensemble's secret over the participant and the transaction. Any client of a gateway can call every
/// grain, but does not know the secret.
/// </summary>
/// <param name="secret">The ensemble's secret.</param>
/// <param name="clusterId">The ensemble.</param>
internal sealed class ParticipantSigner(ReadOnlyMemory<byte> secret, string clusterId)
{
    // No other use of the secret signs a text that begins so.
    private const string Purpose = "GrainKeeper participant 1";
    private const string Keeping = "GrainKeeper keeping 1";

    /// <summary>Makes a call about a transaction; an empty one for all.</summary>
    public ParticipantCall Call(string participant, string transaction, long life = 0, Guid claimed = default) => new(participant, transaction, claimed, Sign(participant, transaction)) { Life = life };

    /// <summary>Whether a call comes from a silo of the ensemble.</summary>
    public bool IsProven(ParticipantCall? call) =>
        call is { Participant: not null, Transaction: not null, Proof: not null } && CryptographicOperations.FixedTimeEquals(Sign(call.Participant, call.Transaction), call.Proof);

    /// <summary>Tells a participant of this ensemble from one of another ensemble of the same name, where both keep things in one place: 20 letters and digits.</summary>
    public string Identify(string participant) => Convert.ToHexStringLower(Sign(participant, string.Empty, Keeping).AsSpan(0, 10));

    private byte[] Sign(string participant, string transaction, string purpose = Purpose)
    {
        using var text = new MemoryStream();
        using var writer = new BinaryWriter(text);
        foreach (var part in (ReadOnlySpan<string>)[purpose, clusterId, participant, transaction])
        {
            writer.Write(part);
        }

        writer.Flush();
        return HMACSHA256.HashData(secret.Span, text.GetBuffer().AsSpan(0, (int)text.Length));
    }
}
