using System.Buffers;
using System.Text;

namespace GrainKeeper.Core.AtomicCommit.Sql;

/// <summary>
/// What a database shall do in an atomic commit: statements that run one after the other in one transaction. The payload of a database's part (<c>postgres.NAME</c>).
/// Its bytes: a format byte, the isolation, the statements; texts and values behind their lengths.
/// </summary>
/// <param name="Statements">1 to <see cref="MaxStatements"/>.</param>
/// <param name="Isolation">How the transaction is kept apart from others.</param>
public sealed record SqlOperations(IReadOnlyList<SqlStatement> Statements, SqlIsolation Isolation = SqlIsolation.ReadCommitted)
{
    /// <summary>The most statements of one participant.</summary>
    public const int MaxStatements = 1_000;

    private const byte Format = 1;
    private const string What = "operations of a database";

    private enum Tag
    {
        Null = 0,
        Text = 1,
        BigInt = 2,
        Double = 3,
        Bool = 4,
        Bytes = 5,
        Numeric = 6,
        Literal = 7,
    }

    /// <summary>The bytes; at most <see cref="TransactionRequest.MaxPayload"/>.</summary>
    /// <exception cref="FormatException">Something is out of its range; the message names it, the limit and the remedy.</exception>
    public byte[] Encode()
    {
        Demand();
        var output = new ArrayBufferWriter<byte>();
        var w = new CommitWriter(output);
        w.Byte(Format);
        w.Byte((int)Isolation);
        w.Int(Statements.Count);
        foreach (var statement in Statements)
        {
            w.Text(statement.Text);
            w.Long(statement.Rows ?? -1);
            w.Int(statement.Parameters.Count);
            foreach (var parameter in statement.Parameters)
            {
                Encode(w, parameter);
            }
        }

        return output.WrittenCount <= TransactionRequest.MaxPayload
            ? output.WrittenSpan.ToArray()
            : throw new FormatException($"{What} take {output.WrittenCount} bytes, at most {TransactionRequest.MaxPayload}: split the transaction");
    }

    /// <summary>Reads the bytes. Byte parameters are slices of them.</summary>
    /// <exception cref="FormatException">They are cut short, too long, or hold a value out of range.</exception>
    public static SqlOperations Decode(ReadOnlyMemory<byte> input)
    {
        var r = new CommitReader(input, What);
        var format = r.Byte("format");
        if (format != Format)
        {
            throw r.Wrong("format", $"{format} is unknown, this server reads {Format}: run the same version everywhere");
        }

        var isolation = (SqlIsolation)r.Byte("isolation");
        var count = r.Int("statements");
        if (count is < 1 or > MaxStatements)
        {
            throw r.Wrong("statements", $"{count} of them, 1 to {MaxStatements} are allowed");
        }

        var statements = new List<SqlStatement>();
        while (statements.Count < count)
        {
            var text = r.Text("statement", SqlStatement.MaxTextBytes);
            var rows = r.Long("rows");
            var parameters = r.Int("parameters");
            if (parameters is < 0 or > SqlStatement.MaxParameters)
            {
                throw r.Wrong("parameters", $"{parameters} of them, at most {SqlStatement.MaxParameters}");
            }

            var values = new List<SqlValue>();
            while (values.Count < parameters)
            {
                values.Add(DecodeValue(ref r));
            }

            statements.Add(new SqlStatement(text, values, rows == -1 ? null : rows));
        }

        r.End();
        return new SqlOperations(statements, isolation).Demand();
    }

    /// <summary>Throws when something is not allowed.</summary>
    /// <exception cref="FormatException">It names what, the limit and the remedy.</exception>
    public SqlOperations Demand()
    {
        if (Statements.Count is < 1 or > MaxStatements)
        {
            throw new FormatException($"{What}: {Statements.Count} statements, 1 to {MaxStatements} are allowed");
        }

        foreach (var statement in Statements)
        {
            statement.Demand();
        }

        return Isolation is SqlIsolation.ReadCommitted or SqlIsolation.RepeatableRead or SqlIsolation.Serializable
            ? this
            : throw new FormatException($"{What}: isolation {(int)Isolation} is unknown");
    }

    private static void Encode(CommitWriter w, SqlValue value)
    {
        switch (value)
        {
            case SqlValue.Null:
                w.Byte((int)Tag.Null);
                break;
            case SqlValue.Text v:
                w.Byte((int)Tag.Text);
                w.Bytes(Encoding.UTF8.GetBytes(v.Value));
                break;
            case SqlValue.BigInt v:
                w.Byte((int)Tag.BigInt);
                w.Long(v.Value);
                break;
            case SqlValue.Double v:
                w.Byte((int)Tag.Double);
                w.Long(BitConverter.DoubleToInt64Bits(v.Value));
                break;
            case SqlValue.Bool v:
                w.Byte((int)Tag.Bool);
                w.Bool(v.Value);
                break;
            case SqlValue.Bytes v:
                w.Byte((int)Tag.Bytes);
                w.Bytes(v.Value);
                break;
            case SqlValue.Numeric v:
                w.Byte((int)Tag.Numeric);
                w.Text(v.Value);
                break;
            case SqlValue.Literal v:
                w.Byte((int)Tag.Literal);
                w.Bytes(Encoding.UTF8.GetBytes(v.Value));
                break;
            default:
                throw new InvariantViolationException($"unknown value {value.GetType().Name}");
        }
    }

    private static SqlValue DecodeValue(ref CommitReader r) => (Tag)r.Byte("type of a parameter") switch
    {
        Tag.Null => new SqlValue.Null(),
        Tag.Text => new SqlValue.Text(r.LongText("text")),
        Tag.BigInt => new SqlValue.BigInt(r.Long("bigint")),
        Tag.Double => new SqlValue.Double(BitConverter.Int64BitsToDouble(r.Long("double"))),
        Tag.Bool => new SqlValue.Bool(r.Bool("bool")),
        Tag.Bytes => new SqlValue.Bytes(r.Bytes("bytes")),
        Tag.Numeric => new SqlValue.Numeric(r.Text("numeric", 64)),
        Tag.Literal => new SqlValue.Literal(r.LongText("literal")),
        var other => throw r.Wrong("type of a parameter", $"{(int)other} is unknown"),
    };
}
