using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace GrainKeeper.Core.AtomicCommit;

/// <summary>
/// Identity of a transaction, unique for ever: its coordinator allots it. Only the life of the coordinator that has allotted an id may begin it; a later life that
/// knows nothing of it answers as its protocol demands, so a transaction never runs twice.
/// Its text is <c>home:incarnation:sequence</c>, at most <see cref="MaxLength"/> characters, fit for a grain's key, a znode's name and a PostgreSQL gid.
/// </summary>
/// <param name="Home">Where its coordinator lives: 1 to <see cref="MaxHomeLength"/> characters of <c>a-z A-Z 0-9 . _ -</c>.</param>
/// <param name="Incarnation">The number of the coordinator's life; greater than 0, and growing.</param>
/// <param name="Sequence">The transaction's number in that life; greater than 0.</param>
public readonly record struct TransactionId(string Home, long Incarnation, long Sequence) : IComparable<TransactionId>
{
    /// <summary>The longest name of a home.</summary>
    public const int MaxHomeLength = 64;

    /// <summary>The longest text.</summary>
    public const int MaxLength = MaxHomeLength + 2 + (2 * 19);

    /// <summary>Whether all parts are in their ranges.</summary>
    public bool IsValid => Incarnation > 0 && Sequence > 0 && CommitNames.IsValid(Home, MaxHomeLength);

    /// <summary>Reads the text form.</summary>
    /// <param name="text">The text.</param>
    /// <param name="id">The id, when true is returned.</param>
    public static bool TryParse([NotNullWhen(true)] string? text, out TransactionId id)
    {
        id = default;
        if (text is null || text.Length > MaxLength || text.Split(':') is not [var home, var incarnation, var sequence])
        {
            return false;
        }

        if (!long.TryParse(incarnation, NumberStyles.None, CultureInfo.InvariantCulture, out var life)
            || !long.TryParse(sequence, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        id = new TransactionId(home, life, number);
        return id.IsValid && id.ToString() == text;
    }

    /// <summary>Reads the text form.</summary>
    /// <exception cref="FormatException">The text is none.</exception>
    public static TransactionId Parse(string text) => TryParse(text, out var id)
        ? id
        : throw new FormatException($"'{text}' is no transaction id: it reads home:incarnation:sequence, for example root:7:42");

    /// <summary>Throws when a part is out of its range.</summary>
    /// <exception cref="FormatException">It names the id and what an id is.</exception>
    public TransactionId Demand() => IsValid
        ? this
        : throw new FormatException($"transaction id '{this}': the home has 1 to {MaxHomeLength} characters of a-z A-Z 0-9 . _ -, the numbers are greater than 0");

    /// <summary>Order by home, life and number.</summary>
    public int CompareTo(TransactionId other)
    {
        var order = string.CompareOrdinal(Home, other.Home);
        order = order != 0 ? order : Incarnation.CompareTo(other.Incarnation);
        return order != 0 ? order : Sequence.CompareTo(other.Sequence);
    }

    /// <summary>The order of <see cref="CompareTo"/>.</summary>
    public static bool operator <(TransactionId left, TransactionId right) => left.CompareTo(right) < 0;

    /// <summary>The order of <see cref="CompareTo"/>.</summary>
    public static bool operator >(TransactionId left, TransactionId right) => left.CompareTo(right) > 0;

    /// <summary>The order of <see cref="CompareTo"/>.</summary>
    public static bool operator <=(TransactionId left, TransactionId right) => left.CompareTo(right) <= 0;

    /// <summary>The order of <see cref="CompareTo"/>.</summary>
    public static bool operator >=(TransactionId left, TransactionId right) => left.CompareTo(right) >= 0;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Home}:{Incarnation}:{Sequence}");
}
