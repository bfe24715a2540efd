using System.Globalization;
using System.Text;
using GrainKeeper.Client;
using GrainKeeper.Client.Errors;
using GrainKeeper.Core.Jute;
using GrainKeeper.Simulation.Checking;

namespace GrainKeeper.Process.Tests.Jepsen;

/// <summary>
/// A client that works on the shared nodes without a pause worth mentioning: creates, conditional and unconditional writes, deletes, sequential creates, reads that must fit into the
/// linear order, and reads after a sync that must fit into its session's.
/// </summary>
internal sealed class RegisterClient(GrainKeeperClient client, int number, Random random, RegisterKeys keys, History history, ReadKind judged) : IAsyncDisposable
{
    /// <summary>Below which the sequential nodes are.</summary>
    public const string Sequence = "/sequence";

    /// <summary>Below which each client has a node that only it writes.</summary>
    public const string Fences = "/fences";

    private const int ValuesPerClient = 1_000_000;
    private readonly string _fence = string.Create(CultureInfo.InvariantCulture, $"{Fences}/{number}");
    private readonly Dictionary<string, int?> _versions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _seen = new(StringComparer.Ordinal);
    private long _session;
    private int _values;

    /// <summary>Operations that have ended, however they did.</summary>
    public int Done { get; private set; }

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await OneAsync(random.Next(100));
            Done++;

            // Leaves some of the machine to the servers.
            await Task.Delay(random.Next(5, 25), CancellationToken.None);
        }
    }

    /// <summary>The node that only this client writes is made before it runs.</summary>
    public async Task PrepareAsync() => await client.CreateAsync(_fence);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"client {number} on registers, session 0x{client.SessionId:x} {client.State} at server {client.Server}: {Done} operations");

    public ValueTask DisposeAsync() => client.DisposeAsync();

    /// <summary>A value as it stands in a node.</summary>
    public static long ValueOf(NodeData node) => long.Parse(Encoding.ASCII.GetString(node.Data.Span), CultureInfo.InvariantCulture);

    private async Task OneAsync(int dice)
    {
        var path = keys.Next(random);
        var known = _versions.TryGetValue(path, out var version);
        switch (dice)
        {
            case < 25:
                await ReadAsync(path);
                break;
            case < 40:
                await SessionReadAsync(path);
                break;
            case < 46:
                await SequenceAsync();
                break;
            case < 48:
                await history.SequenceAsync(isCreate: false, ListAsync);
                break;
            case < 54:
                await DeleteAsync(path, known && random.Next(2) == 0 ? version ?? -1 : -1);
                break;
            case < 62:
                await CreateAsync(path);
                break;
            default:
                await (known && version is null ? CreateAsync(path) : SetAsync(path, random.Next(4) == 0 ? -1 : version ?? -1));
                break;
        }
    }

    private async Task ReadAsync(string path)
    {
        var kind = judged != ReadKind.Confirmed ? judged : random.Next(2) == 0 ? ReadKind.Linearizable : ReadKind.Fenced;
        var (told, error) = await history.RegisterAsync(path, new RegisterStep(OpCode.GetData, 0, -1, null), () => ReadAsync(path, kind));
        Learn(path, told, error);
    }

    private async Task<RegisterStep?> ReadAsync(string path, ReadKind kind)
    {
        var session = client.SessionId;
        var before = kind switch
        {
            ReadKind.Fenced => client.SetDataAsync(_fence, default),
            ReadKind.Synced => client.SyncAsync(path),
            _ => Task.CompletedTask,
        };

        // Sent together: one client's operations are carried out in the order of their calls.
        var read = client.GetDataAsync(path, consistency: kind == ReadKind.Linearizable ? ReadConsistency.Linearizable : ReadConsistency.Sequential);
        await Task.WhenAll(before, read).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await before;
        try
        {
            var node = await read;
            return client.SessionId == session ? See(path, node) : null;
        }
        catch (NoNodeException) when (client.SessionId != session)
        {
            // Read by another session, perhaps at a server that has not come so far.
            return null;
        }
    }

    private Task SessionReadAsync(string path) => history.SessionReadAsync(path, async () => (await ReadAsync(path, ReadKind.Synced))?.ToldValue);

    private async Task SetAsync(string path, int version)
    {
        var step = new RegisterStep(OpCode.SetData, NextValue(), version, null);
        var (told, error) = await history.RegisterAsync(path, step, async () =>
        {
            var stat = await client.SetDataAsync(path, Bytes(step.Value), version);
            return step with { ToldVersion = stat.Version };
        });
        Learn(path, told, error);
    }

    private async Task CreateAsync(string path)
    {
        var step = new RegisterStep(OpCode.Create, NextValue(), -1, null);
        var (told, error) = await history.RegisterAsync(path, step, async () =>
        {
            var created = await client.CreateAsync(path, Bytes(step.Value));
            return step with { ToldVersion = created.Stat.Version };
        });
        Learn(path, told, error);
    }

    private async Task DeleteAsync(string path, int version)
    {
        var step = new RegisterStep(OpCode.Delete, 0, version, null);
        await history.RegisterAsync(path, step, async () =>
        {
            await client.DeleteAsync(path, version);
            return step;
        });
        _versions[path] = null;
    }

    private Task SequenceAsync() => history.SequenceAsync(isCreate: true, async () =>
    {
        var created = await client.CreateAsync(string.Create(CultureInfo.InvariantCulture, $"{Sequence}/{number}-"), mode: CreateMode.PersistentSequential);
        history.Names.Enqueue(created.Path[(Sequence.Length + 1)..]);
        return long.Parse(created.Path.AsSpan(created.Path.LastIndexOf('-') + 1), CultureInfo.InvariantCulture);
    });

    private async Task<long?> ListAsync()
    {
        var session = client.SessionId;
        await client.SetDataAsync(_fence, default);
        var children = await client.GetChildrenAsync(Sequence);
        return client.SessionId == session ? children.Names.Count : null;
    }

    /// <summary>Within a session no read shows an older state than one before it.</summary>
    private RegisterStep See(string path, NodeData node)
    {
        if (client.SessionId != _session)
        {
            _session = client.SessionId;
            _seen.Clear();
        }

        var last = _seen.GetValueOrDefault(path, long.MinValue);
        if (node.Stat.Mzxid < last)
        {
            history.Violations.Enqueue($"session 0x{_session:x} has read {path} as of 0x{node.Stat.Mzxid:x}, after it had read it as of 0x{last:x}");
        }

        _seen[path] = Math.Max(last, node.Stat.Mzxid);
        return new RegisterStep(OpCode.GetData, 0, -1, node.Stat.Version, ValueOf(node));
    }

    private void Learn(string path, RegisterStep? told, ErrorCode? error)
    {
        if (told is not null || error == ErrorCode.NoNode)
        {
            _versions[path] = told?.ToldVersion;
        }
        else
        {
            _versions.Remove(path);
        }
    }

    private long NextValue() => ((long)number * ValuesPerClient) + ++_values;

    private static byte[] Bytes(long value) => Encoding.ASCII.GetBytes(value.ToString(CultureInfo.InvariantCulture));
}
