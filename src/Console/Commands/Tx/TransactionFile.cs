using System.Text.Json;
using GrainKeeper.Client;
using GrainKeeper.Client.Transactions;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.Console.Commands.Tx;

/// <summary>A transaction as <c>gk tx run</c> reads it (docs/console.md).</summary>
internal sealed class TransactionFile
{
    private const int MaxBytes = 64 * 1024 * 1024;
    private const long Hour = 3_600_000;
    private readonly List<Action<TransactionBuilder>> _participants = [];

    private TransactionFile(TransactionSettings settings) => Settings = settings;

    /// <summary>How it is run.</summary>
    internal TransactionSettings Settings { get; }

    /// <summary>Reads a document.</summary>
    /// <exception cref="UsageException">It is not one; the message names the place and what is expected.</exception>
    internal static async Task<TransactionFile> ReadAsync(Stream stream, CancellationToken token)
    {
        using var bytes = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (await stream.ReadAsync(buffer, token) is > 0 and var read)
        {
            bytes.Write(buffer, 0, read);
            if (bytes.Length > MaxBytes)
            {
                throw new UsageException($"the transaction's file is longer than {MaxBytes} bytes: split the transaction");
            }
        }

        try
        {
            using var document = JsonDocument.Parse(bytes.GetBuffer().AsMemory(0, (int)bytes.Length), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            return Read(document.RootElement);
        }
        catch (JsonException e)
        {
            throw new UsageException($"the transaction's file is no JSON: {e.Message}");
        }
    }

    /// <summary>Adds the participants.</summary>
    /// <exception cref="UsageException">One of them is not allowed.</exception>
    internal void AddTo(TransactionBuilder transaction)
    {
        foreach (var add in _participants)
        {
            add(transaction);
        }
    }

    private static TransactionFile Read(JsonElement element)
    {
        var root = new JsonNodeReader(element, "transaction");
        var settings = new TransactionSettings
        {
            Protocol = root.Text("protocol") switch
            {
                null or "2pc" => CommitProtocol.TwoPhase,
                "3pc" => CommitProtocol.ThreePhase,
                "paxos" => CommitProtocol.PaxosCommit,
                var other => throw new UsageException($"transaction.protocol: '{other}' is unknown: write 2pc, 3pc or paxos"),
            },
            Home = root.Text("home") ?? new TransactionSettings().Home,
            LockWait = Time(root.Integer("lockWaitMs", 1, Hour)),
            VoteTimeout = Time(root.Integer("voteTimeoutMs", 10, Hour)),
            Timeout = Time(root.Integer("timeoutMs", 100, Hour)) ?? new TransactionSettings().Timeout,
            Acceptors = (int)(root.Integer("acceptors", 1, TransactionTerms.MaxAcceptors) ?? 0),
        };
        var participants = root.List("participants") ?? [];
        root.End();
        try
        {
            settings.Validate();
        }
        catch (ArgumentException e)
        {
            throw new UsageException(e.Message);
        }

        if (participants.Count == 0)
        {
            throw new UsageException("transaction.participants: name at least one tree, grain or database");
        }

        var file = new TransactionFile(settings);
        for (var i = 0; i < participants.Count; i++)
        {
            file._participants.Add(ReadParticipant(new JsonNodeReader(participants[i], $"participants[{i}]")));
        }

        return file;
    }

    private static Action<TransactionBuilder> ReadParticipant(JsonNodeReader node)
    {
        Action<TransactionBuilder> add;
        switch (node.OneOf("tree", "grain", "database"))
        {
            case "tree":
                var (tree, operations) = (node.Text("tree")!, (node.List("operations") ?? []).Select((o, i) => ReadOperation(new JsonNodeReader(o, $"{node.Place}.operations[{i}]"))).ToList());
                add = t => t.Tree(tree, operations);
                break;
            case "database":
                var (database, isolation, statements) = (node.Text("database")!, SqlFile.ReadIsolation(node), SqlFile.ReadStatements(node));
                add = t => t.Database(database, isolation, statements);
                break;
            default:
                var grain = node.Text("grain")!;
                var dot = grain.IndexOf('.', StringComparison.Ordinal);
                if (dot < 1)
                {
                    throw new UsageException($"{node.Place}.grain: '{grain}' names no grain: write kind.key");
                }

                var data = node.Data() ?? [];
                add = t => t.Grain(grain[..dot], grain[(dot + 1)..], data);
                break;
        }

        node.End();
        return transaction =>
        {
            try
            {
                add(transaction);
            }
            catch (ArgumentException e)
            {
                throw new UsageException($"{node.Place}: {e.Message}");
            }
        };
    }

    private static TreeOperation ReadOperation(JsonNodeReader node)
    {
        TreeOperation operation;
        switch (node.OneOf("create", "delete", "setData", "check"))
        {
            case "create":
                var ttl = Time(node.Integer("ttlMs", 1, long.MaxValue / 10_000));
                operation = new TreeOperation.Create(node.Text("create")!, node.Data() ?? [], ModeOf(node, ttl is not null), null, ttl);
                break;
            case "delete":
                operation = new TreeOperation.Delete(node.Text("delete")!, VersionOf(node));
                break;
            case "setData":
                operation = new TreeOperation.SetData(node.Text("setData")!, node.Data() ?? [], VersionOf(node));
                break;
            default:
                operation = new TreeOperation.Check(node.Text("check")!, VersionOf(node));
                break;
        }

        node.End();
        return operation;
    }

    private static CreateMode ModeOf(JsonNodeReader node, bool hasTtl) => (node.Text("mode") ?? "persistent", hasTtl) switch
    {
        ("persistent", false) => CreateMode.Persistent,
        ("persistent", true) => CreateMode.PersistentTtl,
        ("sequential", false) => CreateMode.PersistentSequential,
        ("sequential", true) => CreateMode.PersistentSequentialTtl,
        ("container", false) => CreateMode.Container,
        var (mode, _) => throw new UsageException($"{node.Place}.mode: '{mode}' is not allowed{(hasTtl ? " with ttlMs" : string.Empty)}: write persistent, sequential or container (without ttlMs); no transaction creates ephemeral nodes"),
    };

    private static int VersionOf(JsonNodeReader node) => (int)(node.Integer("version", -1, int.MaxValue) ?? -1);

    private static TimeSpan? Time(long? milliseconds) => milliseconds is { } ms ? TimeSpan.FromMilliseconds(ms) : null;
}
