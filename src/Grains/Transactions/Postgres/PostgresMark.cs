using System.Globalization;
using System.Text;
using GrainKeeper.Core.AtomicCommit;

namespace GrainKeeper.Grains.Transactions.Postgres;

/// <summary>
/// What a prepared transaction is found by: its global id, <c>gk:ENSEMBLE:EPOCH:TRANSACTION</c>, and, once it is prepared, its number in the database. An epoch prepares a transaction once, so the id
/// follows from both, and no two attempts share one.
/// </summary>
/// <param name="Gid">The global id; at most 148 characters, PostgreSQL allows 199.</param>
/// <param name="Epoch">The leadership that prepares it.</param>
/// <param name="Id">The transaction.</param>
/// <param name="Xid">Its number in the database (<c>xid8</c>); null while it is not known.</param>
internal sealed record PostgresMark(string Gid, long Epoch, TransactionId Id, string? Xid)
{
    /// <summary>What the ids of an ensemble and participant begin with.</summary>
    /// <param name="identity">Tells ensembles and participants apart.</param>
    public static string PrefixOf(string identity) => $"gk:{identity}:";

    /// <summary>The mark before anything is prepared.</summary>
    public static PostgresMark Of(string prefix, long epoch, TransactionId id) => new(string.Create(CultureInfo.InvariantCulture, $"{prefix}{epoch}:{id}"), epoch, id, null);

    /// <summary>Reads a global id that the database lists.</summary>
    /// <returns>Null when it is none of the prefix.</returns>
    public static PostgresMark? Parse(string prefix, string gid)
    {
        if (!gid.StartsWith(prefix, StringComparison.Ordinal) || gid[prefix.Length..].Split(':', 2) is not [var epoch, var id])
        {
            return null;
        }

        return long.TryParse(epoch, NumberStyles.None, CultureInfo.InvariantCulture, out var life) && TransactionId.TryParse(id, out var transaction)
            ? new PostgresMark(gid, life, transaction, null)
            : null;
    }

    /// <summary>Reads what <see cref="Encode"/> has written.</summary>
    /// <exception cref="FormatException">The bytes are none of this.</exception>
    public static PostgresMark Decode(ReadOnlyMemory<byte> bytes)
    {
        var lines = Encoding.ASCII.GetString(bytes.Span).Split('\n');
        if (lines.Length is 1 or 2 && lines[0].Split(':', 3) is ["gk", var identity, _] && Parse(PrefixOf(identity), lines[0]) is { } mark && (lines.Length == 1 || ulong.TryParse(lines[1], NumberStyles.None, CultureInfo.InvariantCulture, out _)))
        {
            return mark with { Xid = lines.Length == 2 ? lines[1] : null };
        }

        throw new FormatException("a record of a database's part in a transaction holds no mark: it was written by a newer version, or for another kind of participant");
    }

    /// <summary>The bytes that the log keeps.</summary>
    public byte[] Encode() => Encoding.ASCII.GetBytes(Xid is null ? Gid : $"{Gid}\n{Xid}");
}
