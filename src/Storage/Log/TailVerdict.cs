namespace GrainKeeper.Storage.Log;

/// <summary>What lies behind the last good record of the log's last segment.</summary>
/// <param name="IsZero">Nothing but zeros.</param>
/// <param name="ProofOffset">The offset of a good record that proves the damage to lie in durable data; null when it is the torn end of an unconfirmed batch.</param>
internal readonly record struct TailVerdict(bool IsZero, long? ProofOffset)
{
    public bool IsCorrupt => ProofOffset is not null;
}
