namespace GrainKeeper.Core.AtomicCommit.Sql;

/// <summary>A parameter of a statement, with the type that the database is told.</summary>
public abstract record SqlValue
{
    private SqlValue()
    {
    }

    /// <summary>NULL; the database infers its type.</summary>
    public sealed record Null : SqlValue;

    /// <summary>A <c>text</c>, without the character 0.</summary>
    /// <param name="Value">The text.</param>
    public sealed record Text(string Value) : SqlValue;

    /// <summary>A <c>bigint</c>.</summary>
    /// <param name="Value">The number.</param>
    public sealed record BigInt(long Value) : SqlValue;

    /// <summary>A <c>double precision</c>.</summary>
    /// <param name="Value">The number.</param>
    public sealed record Double(double Value) : SqlValue;

    /// <summary>A <c>boolean</c>.</summary>
    /// <param name="Value">The truth.</param>
    public sealed record Bool(bool Value) : SqlValue;

    /// <summary>A <c>bytea</c>.</summary>
    /// <param name="Value">The bytes.</param>
    public sealed record Bytes(ReadOnlyMemory<byte> Value) : SqlValue;

    /// <summary>A <c>numeric</c> of at most 28 digits, exactly as written: <c>-12.50</c>.</summary>
    /// <param name="Value">Digits, perhaps with a sign and a decimal point.</param>
    public sealed record Numeric(string Value) : SqlValue
    {
        /// <summary>The number.</summary>
        /// <exception cref="FormatException">It is none, or too long.</exception>
        public decimal ToDecimal() => SqlStatement.TryParse(Value, out var number) ? number : throw new FormatException("a numeric parameter is no number, or has too many digits");
    }

    /// <summary>A literal whose type the database infers from its place, as <c>'…'</c> in SQL: dates, uuid, json, longer numbers.</summary>
    /// <param name="Value">The literal without quotes, and without the character 0.</param>
    public sealed record Literal(string Value) : SqlValue;
}
