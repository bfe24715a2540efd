using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace GrainKeeper.Grains.Transactions;

/// <summary>
/// Seals the ids of transactions: an HMAC-SHA256 under the ensemble's secret over the id and its last moment. Ids can be guessed, and whoever submits something else under another's id, after its coordinator has
/// lost its memory, would make that one's participants disagree.
/// </summary>
/// <param name="secret">The ensemble's secret.</param>
/// <param name="clusterId">The ensemble.</param>
internal sealed class TicketSigner(ReadOnlyMemory<byte> secret, string clusterId)
{
    // No other use of the secret signs a text that begins so.
    private const string Purpose = "GrainKeeper transaction id 1";

    /// <summary>The seal of an id.</summary>
    /// <param name="transaction">The id.</param>
    /// <param name="until">Its last moment, in milliseconds since the Unix epoch.</param>
    public byte[] Seal(string transaction, long until) =>
        HMACSHA256.HashData(secret.Span, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Purpose}\0{clusterId}\0{transaction}\0{until}")));

    /// <summary>Whether a seal is an id's.</summary>
    public bool IsSealed(string? transaction, long until, byte[]? seal) =>
        transaction is not null && seal is { Length: HMACSHA256.HashSizeInBytes } && CryptographicOperations.FixedTimeEquals(Seal(transaction, until), seal);
}
