using GrainKeeper.Core.Requests;

namespace GrainKeeper.Grains.Transactions.Postgres;

/// <summary>Who may use a database in transactions.</summary>
public static class PostgresAccess
{
    private static readonly string[] Schemes = ["digest", "x509"];

    /// <summary>Reads a list: <c>digest:user:hash</c> and <c>x509:subject</c>, separated by commas; a subject may hold commas of its own.</summary>
    /// <exception cref="FormatException">An entry is none of these.</exception>
    public static IReadOnlyList<Identity> Parse(string text)
    {
        var entries = new List<string>();
        foreach (var part in text.Split(','))
        {
            if (entries.Count == 0 || Schemes.Any(s => part.TrimStart().StartsWith(s + ":", StringComparison.Ordinal)))
            {
                entries.Add(part.TrimStart());
            }
            else
            {
                entries[^1] += "," + part;
            }
        }

        return [.. entries.Select(Read)];
    }

    /// <summary>Whether an identity is proven by its client. An address is not.</summary>
    public static bool IsUsable(Identity identity) => identity.Scheme switch
    {
        // A user's name alone proves nothing: everybody may choose it with a password of his own.
        "digest" => identity.Id.Split(':') is [{ Length: > 0 }, { Length: 28 } hash] && Convert.TryFromBase64String(hash, new byte[20], out var length) && length == 20,
        "x509" => identity.Id.Contains('=', StringComparison.Ordinal) && identity.Id.Length <= 1_024,
        _ => false,
    };

    /// <summary>Whether somebody may use a database.</summary>
    internal static bool Allows(PostgresOptions options, Credentials who)
    {
        if (who.IsSuper)
        {
            return true;
        }

        foreach (var identity in who.Identities)
        {
            if (options.Allow.Contains(identity))
            {
                return true;
            }
        }

        return false;
    }

    private static Identity Read(string entry)
    {
        var text = entry.Trim();
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var identity = colon > 0 ? new Identity(text[..colon], text[(colon + 1)..]) : default;
        return identity.Scheme is not null && IsUsable(identity)
            ? identity
            : throw new FormatException($"'{text}' is neither digest:user:hash, with the hash as in ACLs, nor x509:subject");
    }
}
