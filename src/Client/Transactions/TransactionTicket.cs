using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using GrainKeeper.Core.AtomicCommit;

namespace GrainKeeper.Client.Transactions;

/// <summary>
/// What a transaction is submitted with, as often as it takes: its id, the servers of its acceptors, its last moment, and the servers' seal. Keep it to find out after a crash; whoever has it can submit and ask in
/// the owner's place. Its text reads <c>id/acceptors/until/seal</c>.
/// </summary>
public sealed record TransactionTicket
{
    private const int MaxSeal = 64;

    internal TransactionTicket(string id, IReadOnlyList<int> sites, long until, byte[] seal) => (Id, Sites, Until, Seal) = (id, sites, DateTimeOffset.FromUnixTimeMilliseconds(until), seal);

    /// <summary>The transaction's id.</summary>
    public string Id { get; }

    /// <summary>Until when it may be submitted, and its outcome surely be told, by the servers' clocks.</summary>
    public DateTimeOffset Until { get; }

    /// <summary>Paxos Commit: the servers of the acceptors; otherwise empty.</summary>
    public IReadOnlyList<int> Sites { get; }

    internal byte[] Seal { get; }

    /// <summary>Reads the text form.</summary>
    /// <param name="text">The text.</param>
    /// <param name="ticket">The ticket, when true is returned.</param>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out TransactionTicket? ticket)
    {
        ticket = null;
        if (text is null || text.Length > 512 || text.Split('/') is not [var id, var acceptors, var until, var seal] || !TransactionId.TryParse(id, out _))
        {
            return false;
        }

        var sites = new List<int>();
        foreach (var site in acceptors.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!int.TryParse(site, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > TransactionTerms.MaxSite || sites.Count == TransactionTerms.MaxAcceptors)
            {
                return false;
            }

            sites.Add(number);
        }

        var bytes = new byte[MaxSeal];
        if (!long.TryParse(until, NumberStyles.None, CultureInfo.InvariantCulture, out var last)
            || last > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            || !Convert.TryFromBase64String(seal.Replace('-', '+').Replace('_', '/'), bytes, out var length))
        {
            return false;
        }

        ticket = new TransactionTicket(id, sites, last, bytes[..length]);
        return true;
    }

    /// <summary>Reads the text form.</summary>
    /// <exception cref="FormatException">The text is none.</exception>
    public static TransactionTicket Parse(string text) => TryParse(text, out var ticket)
        ? ticket
        : throw new FormatException("this is no ticket of a transaction: it reads id/acceptors/until/seal, as 'gk tx run' printed it");

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Id}/{string.Join(',', Sites)}/{Until.ToUnixTimeMilliseconds()}/{Convert.ToBase64String(Seal).Replace('+', '-').Replace('/', '_')}");

    /// <inheritdoc/>
    public bool Equals(TransactionTicket? other) => other is not null && ToString() == other.ToString();

    /// <inheritdoc/>
    public override int GetHashCode() => Id.GetHashCode(StringComparison.Ordinal);
}
