using System.Text.Json;
using GrainKeeper.Core.AtomicCommit.Sql;

namespace GrainKeeper.Console.Commands.Tx;

/// <summary>A database's part in a transaction's file.</summary>
internal static class SqlFile
{
    internal static SqlIsolation ReadIsolation(JsonNodeReader node) => node.Text("isolation") switch
    {
        null or "readCommitted" => SqlIsolation.ReadCommitted,
        "repeatableRead" => SqlIsolation.RepeatableRead,
        "serializable" => SqlIsolation.Serializable,
        var other => throw new UsageException($"{node.Place}.isolation: '{other}' is unknown: write readCommitted, repeatableRead or serializable"),
    };

    internal static List<SqlStatement> ReadStatements(JsonNodeReader node) =>
        [.. (node.List("statements") ?? []).Select((s, i) => ReadStatement(new JsonNodeReader(s, $"{node.Place}.statements[{i}]")))];

    private static SqlStatement ReadStatement(JsonNodeReader node)
    {
        var text = node.Text("sql") ?? throw new UsageException($"{node.Place}.sql: the statement is missing");
        var parameters = (node.List("parameters") ?? []).Select((p, i) => ReadValue(p, $"{node.Place}.parameters[{i}]")).ToList();
        var rows = node.Integer("rows", 0, long.MaxValue);
        node.End();
        return new SqlStatement(text, parameters, rows);
    }

    private static SqlValue ReadValue(JsonElement value, string place)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Null:
                return new SqlValue.Null();
            case JsonValueKind.True or JsonValueKind.False:
                return new SqlValue.Bool(value.GetBoolean());
            case JsonValueKind.String:
                return new SqlValue.Text(value.GetString()!);
            case JsonValueKind.Number when value.TryGetInt64(out var integer):
                return new SqlValue.BigInt(integer);
            case JsonValueKind.Number:
                return new SqlValue.Double(value.GetDouble());
            default:
                return ReadTyped(new JsonNodeReader(value, place));
        }
    }

    private static SqlValue ReadTyped(JsonNodeReader node)
    {
        SqlValue value = node.OneOf("numeric", "literal", "base64") switch
        {
            "numeric" => new SqlValue.Numeric(node.Text("numeric")!),
            "literal" => new SqlValue.Literal(node.Text("literal")!),
            _ => new SqlValue.Bytes(node.Data()),
        };
        node.End();
        return value;
    }
}
