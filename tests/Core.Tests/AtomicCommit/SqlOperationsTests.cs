using System.Buffers.Binary;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.AtomicCommit.Sql;

namespace GrainKeeper.Core.Tests.AtomicCommit;

public sealed class SqlOperationsTests
{
    private static readonly SqlOperations Example = new(
        [
            new SqlStatement(
                "UPDATE a SET x = $1, y = $2, z = $3, u = $4, v = $5, w = $6, d = $7 WHERE n = $8",
                [
                    new SqlValue.Null(), new SqlValue.Text("ß"), new SqlValue.BigInt(long.MinValue), new SqlValue.Double(0.1), new SqlValue.Bool(true),
                    new SqlValue.Bytes(new byte[] { 0, 255 }), new SqlValue.Numeric("-12.50"), new SqlValue.Literal("2026-11-26"),
                ],
                1),
            new SqlStatement("  /* why /* nested */ */ (SELECT 1)", []),
        ],
        SqlIsolation.Serializable);

    [Fact]
    public void Operations_come_back_as_they_were()
    {
        var bytes = Example.Encode();
        var back = SqlOperations.Decode(bytes);
        Assert.Equal(bytes, back.Encode());
        Assert.Equal((SqlIsolation.Serializable, 2, 1L, (long?)null), (back.Isolation, back.Statements.Count, back.Statements[0].Rows!.Value, back.Statements[1].Rows));
        Assert.Equal(Example.Statements.Select(s => s.Text), back.Statements.Select(s => s.Text));
        Assert.Equal([0, 255], Assert.IsType<SqlValue.Bytes>(back.Statements[0].Parameters[5]).Value.ToArray());
        Assert.Equal(
            Example.Statements[0].Parameters.Where(p => p is not SqlValue.Bytes), back.Statements[0].Parameters.Where(p => p is not SqlValue.Bytes));
        Assert.Equal(-12.50m, Assert.IsType<SqlValue.Numeric>(back.Statements[0].Parameters[6]).ToDecimal());
    }

    [Fact]
    public void Bytes_cut_anywhere_followed_by_more_or_changed_are_refused_or_read_within_their_limits()
    {
        var bytes = Example.Encode();
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<FormatException>(() => SqlOperations.Decode(bytes.AsMemory(0, length)));
        }

        Assert.Throws<FormatException>(() => SqlOperations.Decode((byte[])[.. bytes, 0]));
        for (var i = 0; i < bytes.Length; i++)
        {
            foreach (var value in new byte[] { 0, 127, 255 })
            {
                var changed = bytes.ToArray();
                changed[i] = value;
                try
                {
                    SqlOperations.Decode(changed);
                }
                catch (FormatException)
                {
                    // The only way to refuse.
                }
            }
        }

        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(2), int.MaxValue);
        Assert.Contains("1000 are allowed", Assert.Throws<FormatException>(() => SqlOperations.Decode(bytes)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("COMMIT")]
    [InlineData(";; -- why\r\n commit")]
    [InlineData("/* a /* b */ c */ Prepare transaction 'x'")]
    [InlineData("\tset session x = 1")]
    [InlineData("copy t from stdin")]
    [InlineData("")]
    [InlineData(" -- nothing")]
    [InlineData("/* open")]
    [InlineData("SELECT '\0'")]
    public void A_statement_that_would_leave_the_transaction_or_is_none_is_refused(string text) =>
        Assert.Throws<FormatException>(() => new SqlStatement(text, []).Demand());

    [Theory]
    [InlineData("insert into t values (1)")]
    [InlineData("WITH x AS (SELECT 1) SELECT * FROM x")]
    [InlineData("SELECT commit FROM t")]
    [InlineData("setup_table()")]
    public void Other_statements_are_the_databases_to_judge(string text) => Assert.Equal(text, new SqlStatement(text, []).Demand().Text);

    [Fact]
    public void Limits_are_named()
    {
        Refused("1 to 65535", new SqlStatement("SELECT " + new string('1', 65_536), []));
        Refused("at most 1000", new SqlStatement("SELECT 1", [.. Enumerable.Repeat(new SqlValue.Null(), 1_001)]));
        Refused("28 digits", new SqlStatement("SELECT $1", [new SqlValue.Numeric(new string('1', 29))]));
        Refused("28 digits", new SqlStatement("SELECT $1", [new SqlValue.Numeric("1e5")]));
        Refused("28 digits", new SqlStatement("SELECT $1", [new SqlValue.Numeric("-.")]));
        Refused("character 0", new SqlStatement("SELECT $1", [new SqlValue.Text("a\0")]));
        Refused("-1 rows", new SqlStatement("SELECT 1", [], -1));
        Assert.Contains("1000 are allowed", Assert.Throws<FormatException>(() => new SqlOperations([]).Encode()).Message, StringComparison.Ordinal);
        Assert.Contains("isolation 9", Assert.Throws<FormatException>(() => new SqlOperations([new SqlStatement("SELECT 1", [])], (SqlIsolation)9).Encode()).Message, StringComparison.Ordinal);
        var large = new SqlOperations([new SqlStatement("SELECT $1", [new SqlValue.Bytes(new byte[TransactionRequest.MaxPayload])])]);
        Assert.Contains("split the transaction", Assert.Throws<FormatException>(() => large.Encode()).Message, StringComparison.Ordinal);
    }

    private static void Refused(string expected, SqlStatement statement) =>
        Assert.Contains(expected, Assert.Throws<FormatException>(() => new SqlOperations([statement]).Encode()).Message, StringComparison.Ordinal);
}
