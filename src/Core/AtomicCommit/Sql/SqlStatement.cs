using System.Globalization;

namespace GrainKeeper.Core.AtomicCommit.Sql;

/// <summary>One statement of a database's part in a transaction.</summary>
/// <param name="Text">One SQL statement with parameters <c>$1</c>, <c>$2</c>, …; 1 to <see cref="MaxTextBytes"/> bytes of UTF-8. None that begins or ends transactions.</param>
/// <param name="Parameters">Their values; at most <see cref="MaxParameters"/>.</param>
/// <param name="Rows">How many rows it must change, or return, for the database to vote Yes; null when that does not matter.</param>
public sealed record SqlStatement(string Text, IReadOnlyList<SqlValue> Parameters, long? Rows = null)
{
    /// <summary>The longest text, in bytes.</summary>
    public const int MaxTextBytes = 65_535;

    /// <summary>The most parameters.</summary>
    public const int MaxParameters = 1_000;

    private const int MaxDigits = 28;

    // What these do would escape the transaction, or outlive it in a connection that others use after it.
    private static readonly HashSet<string> Forbidden = new(StringComparer.OrdinalIgnoreCase)
    {
        "begin", "start", "commit", "end", "rollback", "abort", "prepare", "savepoint", "release", "discard", "set", "reset", "listen", "unlisten", "deallocate", "load", "copy",
    };

    /// <summary>Throws when something is not allowed.</summary>
    /// <exception cref="FormatException">It names what, the limit and the remedy.</exception>
    public SqlStatement Demand()
    {
        if (System.Text.Encoding.UTF8.GetByteCount(Text) is var bytes && (bytes > MaxTextBytes || bytes == 0 || Text.Contains('\0', StringComparison.Ordinal)))
        {
            throw new FormatException($"a statement of {bytes} bytes: 1 to {MaxTextBytes} are allowed, none of them 0; pass data as parameters");
        }

        var word = FirstWord(Text);
        if (word.Length == 0 || Forbidden.Contains(word))
        {
            throw new FormatException($"a statement begins with '{word}': statements must not be empty, begin or end transactions, or change the session; the servers do that");
        }

        if (Parameters.Count > MaxParameters)
        {
            throw new FormatException($"a statement has {Parameters.Count} parameters, at most {MaxParameters}: split it");
        }

        foreach (var parameter in Parameters)
        {
            Check(parameter);
        }

        return Rows is null or >= 0 ? this : throw new FormatException($"a statement expects {Rows} rows: give 0 or more, or nothing");
    }

    /// <summary>The value of a numeric.</summary>
    internal static bool TryParse(string text, out decimal value) =>
        decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value) && text.Count(char.IsAsciiDigit) is >= 1 and <= MaxDigits;

    private static void Check(SqlValue parameter)
    {
        var text = parameter switch
        {
            SqlValue.Text p => p.Value,
            SqlValue.Literal p => p.Value,
            _ => string.Empty,
        };
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            throw new FormatException("a text parameter holds the character 0, which PostgreSQL cannot store: pass it as bytes");
        }

        if (parameter is SqlValue.Numeric numeric && !TryParse(numeric.Value, out _))
        {
            throw new FormatException($"a numeric parameter must be 1 to {MaxDigits} digits, perhaps with a sign and a decimal point: pass others as a literal");
        }
    }

    private static ReadOnlySpan<char> Skipped(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            if (char.IsWhiteSpace(text[0]) || text[0] is '(' or ';')
            {
                text = text[1..];
            }
            else if (text.StartsWith("--"))
            {
                var end = text.IndexOfAny('\n', '\r');
                text = end < 0 ? [] : text[end..];
            }
            else if (text.StartsWith("/*"))
            {
                text = BehindComment(text);
            }
            else
            {
                break;
            }
        }

        return text;
    }

    private static ReadOnlySpan<char> BehindComment(ReadOnlySpan<char> text)
    {
        var depth = 0;
        while (!text.IsEmpty)
        {
            var step = text.StartsWith("/*") ? 1 : text.StartsWith("*/") ? -1 : 0;
            depth += step;
            text = text[(step == 0 ? 1 : 2)..];
            if (depth == 0)
            {
                break;
            }
        }

        return text;
    }

    // Behind blanks, comments (which nest), parentheses and empty statements.
    private static string FirstWord(string text)
    {
        var rest = Skipped(text);
        var length = 0;
        while (length < rest.Length && (char.IsAsciiLetter(rest[length]) || rest[length] == '_'))
        {
            length++;
        }

        return rest[..length].ToString();
    }
}
