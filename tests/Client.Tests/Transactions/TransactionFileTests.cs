using System.Text;
using GrainKeeper.Client.Transactions;
using GrainKeeper.Console.Commands;
using GrainKeeper.Console.Commands.Tx;
using GrainKeeper.Contracts.Transactions;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.AtomicCommit.Sql;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.Client.Tests.Transactions;

/// <summary>The file of <c>gk tx run</c>.</summary>
public sealed class TransactionFileTests
{
    private const string Whole = """
        {
          // All that there is.
          "protocol": "paxos", "home": "orders", "acceptors": 1, "lockWaitMs": 250, "voteTimeoutMs": 2000, "timeoutMs": 5000,
          "participants": [
            { "tree": "root", "operations": [
              { "create": "/a", "data": "text" },
              { "create": "/b-", "base64": "AAEC", "mode": "sequential", "ttlMs": 60000 },
              { "create": "/c", "mode": "container" },
              { "setData": "/d", "data": "v2", "version": 3 },
              { "delete": "/e" },
              { "check": "/f", "version": 7 } ] },
            { "grain": "account.alice.smith", "data": "-10" },
            { "database": "shop", "isolation": "serializable", "statements": [
              { "sql": "update t set a = $1 where b = $2", "parameters": [1, "x", 1.5, true, null, { "numeric": "12.50" }, { "literal": "2026-01-01" }, { "base64": "AAE=" }], "rows": 1 } ] },
            { "tree": "orders" },
          ]
        }
        """;

    [Fact]
    public async Task The_whole_format_is_read()
    {
        var file = await ReadAsync(Whole);
        Assert.Equal(
            new TransactionSettings
            {
                Protocol = CommitProtocol.PaxosCommit, Home = "orders", Acceptors = 1, LockWait = TimeSpan.FromMilliseconds(250), VoteTimeout = TimeSpan.FromSeconds(2), Timeout = TimeSpan.FromSeconds(5),
            },
            file.Settings);
        var servers = new FakeServers();
        servers.Lead(1).Submit = (s, _) => Task.FromResult(TransactionAnswer.Of(TransactionStatus.Committed, s.Transaction));
        var transaction = await new TransactionClient(new GrainKeeperClientOptions { Servers = ConnectString.Parse("localhost") }, servers, () => []).BeginAsync(file.Settings);
        file.AddTo(transaction);
        await transaction.CommitAsync();
        var sent = servers.Doors[1].Submissions[0];
        Assert.Equal(["account.alice.smith", "postgres.shop", "tree.orders", "tree.root"], sent.Participants);
        Assert.Equal("-10", Encoding.UTF8.GetString(sent.Operations[0]));
        Assert.Equal(["create2 /a text", "createTTL /b- \0\u0001\u0002", "createContainer /c ", "setData /d v2 3", "delete /e -1", "check /f 7"], Describe(sent.Operations[3]));
        Assert.Empty(Describe(sent.Operations[2]));
        var sql = SqlOperations.Decode(sent.Operations[1]);
        Assert.Equal((SqlIsolation.Serializable, 1L), (sql.Isolation, sql.Statements[0].Rows));
        Assert.Equal(
            [new SqlValue.BigInt(1), new SqlValue.Text("x"), new SqlValue.Double(1.5), new SqlValue.Bool(true), new SqlValue.Null(), new SqlValue.Numeric("12.50"), new SqlValue.Literal("2026-01-01")],
            sql.Statements[0].Parameters.Take(7));
        Assert.Equal([0, 1], Assert.IsType<SqlValue.Bytes>(sql.Statements[0].Parameters[7]).Value.ToArray());
    }

    [Theory]
    [InlineData("", "no JSON")]
    [InlineData("[]", "transaction: an object is expected, not a list")]
    [InlineData("{}", "transaction.participants: name at least one")]
    [InlineData("""{"protocol":"1pc"}""", "'1pc' is unknown: write 2pc, 3pc or paxos")]
    [InlineData("""{"acceptors":3,"participants":[]}""", "Acceptors")]
    [InlineData("""{"lockWaitMs":0}""", "transaction.lockWaitMs: an integer from 1 to 3600000 is expected, not the number 0")]
    [InlineData("""{"timeoutMs":"5"}""", "transaction.timeoutMs: an integer from 100 to 3600000 is expected, not a text")]
    [InlineData("""{"participant":[]}""", "transaction: 'participant' is unknown here")]
    [InlineData("""{"participants":[{}]}""", "participants[0]: give one of tree, grain, database")]
    [InlineData("""{"participants":[{"database":"a","statements":[{"sql":"select 1","parameters":[[]]}]}]}""", "participants[0].statements[0].parameters[0]: an object is expected, not a list")]
    [InlineData("""{"participants":[{"database":"a","statements":[{}]}]}""", "participants[0].statements[0].sql: the statement is missing")]
    [InlineData("""{"participants":[{"database":"a","isolation":"dirty"}]}""", "participants[0].isolation: 'dirty' is unknown")]
    [InlineData("""{"participants":[{"tree":"a","grain":"b.c"}]}""", "participants[0]: give one of tree, grain")]
    [InlineData("""{"participants":[{"tree":"a","data":"x"}]}""", "participants[0]: 'data' is unknown here")]
    [InlineData("""{"participants":[{"grain":"account"}]}""", "participants[0].grain: 'account' names no grain: write kind.key")]
    [InlineData("""{"participants":[{"tree":"a","operations":[{"create":"/a","delete":"/a"}]}]}""", "participants[0].operations[0]: give one of create, delete, setData, check, not both create and delete")]
    [InlineData("""{"participants":[{"tree":"a","operations":[{"create":"/a","mode":"ephemeral"}]}]}""", "participants[0].operations[0].mode: 'ephemeral' is not allowed")]
    [InlineData("""{"participants":[{"tree":"a","operations":[{"create":"/a","mode":"container","ttlMs":1}]}]}""", "'container' is not allowed with ttlMs")]
    [InlineData("""{"participants":[{"tree":"a","operations":[{"setData":"/a","data":"x","base64":"AA=="}]}]}""", "both data and base64 are given")]
    [InlineData("""{"participants":[{"tree":"a","operations":[{"setData":"/a","base64":"A"}]}]}""", "participants[0].operations[0].base64: this is no base64")]
    [InlineData("""{"participants":[{"tree":"a","operations":[{"setData":"/a","version":2147483648}]}]}""", "participants[0].operations[0].version: an integer from -1 to 2147483647 is expected")]
    [InlineData("""{"participants":[{"tree":"a","operations":{}}]}""", "participants[0].operations: a list is expected, not an object")]
    public async Task What_is_wrong_is_named_with_its_place(string text, string message) =>
        Assert.Contains(message, (await Assert.ThrowsAsync<UsageException>(() => ReadAsync(text))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task What_only_the_participant_shows_to_be_wrong_is_named_with_its_place()
    {
        var servers = new FakeServers();
        servers.Lead(1);
        var transaction = await new TransactionClient(new GrainKeeperClientOptions { Servers = ConnectString.Parse("localhost") }, servers, () => []).BeginAsync();
        var file = await ReadAsync("""{"participants":[{"tree":"a"},{"tree":"a"}]}""");
        Assert.Contains("participants[1]: tree.a takes part already", Assert.Throws<UsageException>(() => file.AddTo(transaction)).Message, StringComparison.Ordinal);
    }

    private static Task<TransactionFile> ReadAsync(string text) => TransactionFile.ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(text)), CancellationToken.None);

    private static List<string> Describe(byte[] body)
    {
        var reader = new JuteReader(body);
        var lines = new List<string>();
        while (MultiHeader.Read(ref reader) is { Done: false, Type: var type })
        {
            switch (type)
            {
                case OpCode.Create2 or OpCode.CreateTtl or OpCode.CreateContainer:
                    var create = CreateRequest.Read(ref reader, type);
                    lines.Add($"create{(type == OpCode.Create2 ? "2" : type == OpCode.CreateTtl ? "TTL" : "Container")} {Encoding.UTF8.GetString(create.Path)} {Encoding.UTF8.GetString(create.Data)}");
                    break;
                case OpCode.SetData:
                    var set = SetDataRequest.Read(ref reader);
                    lines.Add($"setData {Encoding.UTF8.GetString(set.Path)} {Encoding.UTF8.GetString(set.Data)} {set.Version}");
                    break;
                default:
                    var other = PathVersionRequest.Read(ref reader);
                    lines.Add($"{(type == OpCode.Delete ? "delete" : "check")} {Encoding.UTF8.GetString(other.Path)} {other.Version}");
                    break;
            }
        }

        return lines;
    }
}
