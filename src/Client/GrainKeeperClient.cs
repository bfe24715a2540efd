using System.Runtime.CompilerServices;
using GrainKeeper.Client.Connections;
using GrainKeeper.Client.Errors;
using GrainKeeper.Client.Sessions;
using GrainKeeper.Client.Transactions;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Tree;
using GrainKeeper.Core.Watches;

namespace GrainKeeper.Client;

/// <summary>
/// A session with one tree of an ensemble. Operations are carried out in the order in which they are called, also when they are not awaited one by one.
/// After a lost connection the client attaches the session to another server, sets watches again, and sends again what is not answered: a write happens once, and its caller gets the first
/// answer. Only when the session has ended meanwhile the caller of a write that was sent gets <see cref="OutcomeUnknownException"/>. Safe for any thread.
/// </summary>
public sealed partial class GrainKeeperClient : IAsyncDisposable
{
    private readonly ClientSession _session;
    private readonly GrainKeeperClientOptions _options;
    private readonly TransactionClient _transactions;

    private GrainKeeperClient(ClientSession session, GrainKeeperClientOptions options)
    {
        _session = session;
        _options = options;
        _transactions = new TransactionClient(options, new GatewayServers(options), session.ProofsForTransactions);
    }

    /// <summary>Told of each change of <see cref="State"/>, in order, on the thread of the watch callbacks. Handlers must not block.</summary>
    public event Action<ClientState> StateChanged
    {
        add => _session.StateChanged += value;
        remove => _session.StateChanged -= value;
    }

    /// <summary>Transactions over trees, grains and databases, with the identities that this session has proven.</summary>
    public ITransactions Transactions => _transactions;

    /// <summary>What the session is doing.</summary>
    public ClientState State => _session.State;

    /// <summary>The session's id.</summary>
    public long SessionId => _session.Id;

    /// <summary>The session timeout granted.</summary>
    public TimeSpan SessionTimeout => _session.Timeout;

    /// <summary>The id of the server to which the session is attached, or was last.</summary>
    public int Server => _session.Server;

    /// <summary>The last transaction that the session has seen.</summary>
    public long LastZxid => _session.LastZxid;

    /// <summary>Makes a session: tries the servers in a random order, in turn, until one accepts it.</summary>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="ConnectionLossException">No server accepted a session within <see cref="GrainKeeperClientOptions.ConnectTimeout"/>; the message says why not, for each.</exception>
    public static Task<GrainKeeperClient> ConnectAsync(GrainKeeperClientOptions options, CancellationToken cancellationToken = default)
    {
        options.Validate();
        return ConnectAsync(options, new GrainDialer(options), Random.Shared, cancellationToken);
    }

    /// <summary>Makes a client that connects in the background: operations wait for the first connection, at most <see cref="GrainKeeperClientOptions.QueueTimeout"/>.</summary>
    /// <param name="options">How.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static GrainKeeperClient Start(GrainKeeperClientOptions options)
    {
        options.Validate();
        return Start(options, new GrainDialer(options), Random.Shared);
    }

    internal static GrainKeeperClient Start(GrainKeeperClientOptions options, IServerDialer dialer, Random random) => new(new ClientSession(options, dialer, random), options);

    internal static async Task<GrainKeeperClient> ConnectAsync(
        GrainKeeperClientOptions options, IServerDialer dialer, Random random, CancellationToken cancellationToken)
    {
        options.Validate();
        var client = Start(options, dialer, random);
        try
        {
            await client.ConnectedAsync(cancellationToken);
            return client;
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until a server has accepted the session for the first time.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ConnectionLossException">No server accepted it within <see cref="GrainKeeperClientOptions.ConnectTimeout"/>; the message says why not, for each. The client goes on trying.</exception>
    public async Task ConnectedAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            await _session.AttachedOnce.WaitAsync(_options.ConnectTimeout, _options.TimeProvider, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new ConnectionLossException(
                $"no server accepted a session within {_options.ConnectTimeout.TotalSeconds:0.###} s ({_session.Failures}): check that the servers run, that a majority of them is up, and that the ports are their gateway ports");
        }
    }

    /// <summary>Creates a node.</summary>
    /// <param name="path">Its path; a sequential node gets a number appended.</param>
    /// <param name="data">Its data.</param>
    /// <param name="mode">What kind of node.</param>
    /// <param name="acl">Its ACL; null for one that allows everybody everything.</param>
    /// <param name="timeToLive">For TTL nodes: how long after its last change a node without children lives.</param>
    /// <param name="cancellationToken">Ends the wait; the node may be created nevertheless.</param>
    /// <exception cref="NodeExistsException">There is such a node.</exception>
    /// <exception cref="NoNodeException">There is no parent.</exception>
    public Task<CreatedNode> CreateAsync(
        string path,
        ReadOnlyMemory<byte> data = default,
        CreateMode mode = CreateMode.Persistent,
        AclList? acl = null,
        TimeSpan? timeToLive = null,
        CancellationToken cancellationToken = default)
    {
        var body = RequestBodies.Create(_session.Chroot.ToServer(path, RequestBodies.IsSequential(mode)), data.Span, mode, acl ?? AclList.Open, timeToLive);
        return SendAsync(RequestBodies.TypeOf(mode), body, path, (ref JuteReader r) => ReplyBodies.Created(ref r, _session.Chroot), cancellationToken);
    }

    /// <summary>Deletes a node.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="version">The version it must have; −1 for any.</param>
    /// <param name="cancellationToken">Ends the wait; the node may be deleted nevertheless.</param>
    /// <exception cref="NoNodeException">There is no such node.</exception>
    /// <exception cref="NotEmptyException">It has children.</exception>
    /// <exception cref="BadVersionException">It has another version.</exception>
    public Task DeleteAsync(string path, int version = -1, CancellationToken cancellationToken = default) =>
        SendAsync(OpCode.Delete, RequestBodies.PathVersion(_session.Chroot.ToServer(path), version), path, ReplyBodies.Nothing, cancellationToken);

    /// <summary>Replaces a node's data.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="data">The data.</param>
    /// <param name="version">The version it must have; −1 for any.</param>
    /// <param name="cancellationToken">Ends the wait; the data may be replaced nevertheless.</param>
    /// <exception cref="NoNodeException">There is no such node.</exception>
    /// <exception cref="BadVersionException">It has another version.</exception>
    public Task<Stat> SetDataAsync(string path, ReadOnlyMemory<byte> data, int version = -1, CancellationToken cancellationToken = default) =>
        SendAsync(OpCode.SetData, RequestBodies.SetData(_session.Chroot.ToServer(path), data.Span, version), path, ReplyBodies.Stat, cancellationToken);

    /// <summary>Reads a node's data.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="watch">Called once, when the node is changed or deleted.</param>
    /// <param name="consistency">What it promises to show; null for <see cref="GrainKeeperClientOptions.ReadConsistency"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="NoNodeException">There is no such node; then no watch is set.</exception>
    public Task<NodeData> GetDataAsync(string path, Action<WatchEvent>? watch = null, ReadConsistency? consistency = null, CancellationToken cancellationToken = default) =>
        _session.SendAsync(
            new PendingRequest<NodeData>(OpCode.GetData, RequestBodies.PathWatch(_session.Chroot.ToServer(path), watch is not null), path, ReplyBodies.Data)
            {
                Consistency = consistency ?? _options.ReadConsistency,
                Sourced = static (node, source) => node with { Source = source },
                Answered = Registration(WatchSlot.Data, path, watch),
            },
            cancellationToken);

    /// <summary>Reads all of a node as it is at one moment: data, ACL, stat, and what the stat does not tell, its kind and time to live.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="consistency">What it promises to show; null for <see cref="GrainKeeperClientOptions.ReadConsistency"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="NoNodeException">There is no such node.</exception>
    public Task<NodeDetails> GetNodeAsync(string path, ReadConsistency? consistency = null, CancellationToken cancellationToken = default) =>
        _session.SendAsync(
            new PendingRequest<NodeDetails>(OpCode.GetNode, RequestBodies.Path(_session.Chroot.ToServer(path)), path, ReplyBodies.Node)
            {
                Consistency = consistency ?? _options.ReadConsistency,
                Sourced = static (node, source) => node with { Source = source },
            },
            cancellationToken);

    /// <summary>Reads a node's stat.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="watch">Called once, when the node is created, changed or deleted.</param>
    /// <param name="consistency">What it promises to show; null for <see cref="GrainKeeperClientOptions.ReadConsistency"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The stat; null when there is no such node.</returns>
    public async Task<Stat?> ExistsAsync(string path, Action<WatchEvent>? watch = null, ReadConsistency? consistency = null, CancellationToken cancellationToken = default) =>
        (await GetStatAsync(path, watch, consistency, cancellationToken)).Stat;

    /// <summary>Reads a node's stat, and tells where it was read.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="watch">Called once, when the node is created, changed or deleted.</param>
    /// <param name="consistency">What it promises to show; null for <see cref="GrainKeeperClientOptions.ReadConsistency"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<NodeStat> GetStatAsync(string path, Action<WatchEvent>? watch = null, ReadConsistency? consistency = null, CancellationToken cancellationToken = default) =>
        _session.SendAsync(
            new PendingRequest<NodeStat>(OpCode.Exists, RequestBodies.PathWatch(_session.Chroot.ToServer(path), watch is not null), path, ReplyBodies.StatIfAny)
            {
                Consistency = consistency ?? _options.ReadConsistency,
                Sourced = static (node, source) => node with { Source = source },
                Accepted = ErrorCode.NoNode,
                Otherwise = new NodeStat(null),
                Answered = watch is null ? null : error => _session.Watches.Add(error == ErrorCode.Ok ? WatchSlot.Data : WatchSlot.Exist, path, watch),
            },
            cancellationToken);

    /// <summary>Reads the names of a node's children.</summary>
    /// <param name="path">The node's path.</param>
    /// <param name="watch">Called once, when a child is created or deleted, or the node deleted.</param>
    /// <param name="consistency">What it promises to show; null for <see cref="GrainKeeperClientOptions.ReadConsistency"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="NoNodeException">There is no such node; then no watch is set.</exception>
    public Task<NodeChildren> GetChildrenAsync(string path, Action<WatchEvent>? watch = null, ReadConsistency? consistency = null, CancellationToken cancellationToken = default) =>
        _session.SendAsync(
            new PendingRequest<NodeChildren>(
                OpCode.GetChildren2, RequestBodies.PathWatch(_session.Chroot.ToServer(path), watch is not null), path, ReplyBodies.Children)
            {
                Consistency = consistency ?? _options.ReadConsistency,
                Sourced = static (node, source) => node with { Source = source },
                Answered = Registration(WatchSlot.Child, path, watch),
            },
            cancellationToken);

    /// <summary>Reads a node's ACL.</summary>
    /// <param name="path">The node's path.</param>
    /// <param name="consistency">What it promises to show; null for <see cref="GrainKeeperClientOptions.ReadConsistency"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="NoNodeException">There is no such node.</exception>
    public Task<NodeAcl> GetAclAsync(string path, ReadConsistency? consistency = null, CancellationToken cancellationToken = default) =>
        _session.SendAsync(
            new PendingRequest<NodeAcl>(OpCode.GetAcl, RequestBodies.Path(_session.Chroot.ToServer(path)), path, ReplyBodies.Acl)
            {
                Consistency = consistency ?? _options.ReadConsistency,
                Sourced = static (node, source) => node with { Source = source },
            },
            cancellationToken);

    /// <summary>Replaces a node's ACL.</summary>
    /// <param name="path">The node's path.</param>
    /// <param name="acl">The ACL.</param>
    /// <param name="version">The ACL version it must have; −1 for any.</param>
    /// <param name="cancellationToken">Ends the wait; the ACL may be replaced nevertheless.</param>
    /// <exception cref="InvalidAclException">The ACL is empty or not valid.</exception>
    public Task<Stat> SetAclAsync(string path, AclList acl, int version = -1, CancellationToken cancellationToken = default) =>
        SendAsync(OpCode.SetAcl, RequestBodies.SetAcl(_session.Chroot.ToServer(path), acl, version), path, ReplyBodies.Stat, cancellationToken);

    /// <summary>Lets the server catch up with what its leader has committed, so that later reads of this session show it.</summary>
    /// <param name="path">Any path.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task SyncAsync(string path = "/", CancellationToken cancellationToken = default) =>
        SendAsync(OpCode.Sync, RequestBodies.Path(_session.Chroot.ToServer(path)), path, ReplyBodies.Nothing, cancellationToken);

    /// <summary>Carries out several operations as one transaction: all or none.</summary>
    /// <param name="operations">The operations, in order.</param>
    /// <param name="cancellationToken">Ends the wait; the transaction may be carried out nevertheless.</param>
    /// <returns>What became of them. A failed operation is no exception; see <see cref="MultiResult.Succeeded"/>.</returns>
    public Task<MultiResult> MultiAsync(IReadOnlyList<TreeOperation> operations, CancellationToken cancellationToken = default) =>
        SendAsync(
            OpCode.Multi, RequestBodies.Multi(operations, _session.Chroot), null, (ref JuteReader r) => ReplyBodies.Multi(ref r, _session.Chroot), cancellationToken);

    /// <summary>Watches a node until the returned registration is disposed of. Each event is told once, in the order of the transactions, also those that happen while the session is attached to no server.</summary>
    /// <param name="path">The node's path; it need not exist.</param>
    /// <param name="mode">What is covered.</param>
    /// <param name="watch">Called for each event. <see cref="WatchEventType.EventsLost"/>: the servers' logs do not go back far enough; read again what the watch covers.</param>
    /// <param name="fromZxid">Where to begin: all events after it are told, also past ones. Default with what happens from now on.</param>
    /// <param name="cancellationToken">Ends the wait; the watch may be set on the server nevertheless, without effect here.</param>
    public async Task<IAsyncDisposable> AddWatchAsync(
        string path, WatchMode mode, Action<WatchEvent> watch, WatchPosition? fromZxid = null, CancellationToken cancellationToken = default)
    {
        var added = new PersistentWatch(SlotOf(mode), path, watch, PositionOf(fromZxid));
        await _session.WatchAsync(added, cancellationToken);
        return new WatchHandle(this, added);
    }

    /// <summary>Watches a node for as long as the events are read; they wait in order until then. Each is told once, in the order of the transactions, as by <see cref="AddWatchAsync"/>.</summary>
    /// <param name="path">The node's path; it need not exist.</param>
    /// <param name="mode">What is covered.</param>
    /// <param name="capacity">Events that may wait to be read, 1 to 1,000,000; when more happen, reading fails: read faster, or raise it. Past events never wait in greater number.</param>
    /// <param name="fromZxid">Where to begin: all events after it are told, also past ones, for example after <see cref="WatchEvent.Position"/> of the last one that was worked on before this program was
    /// started anew. Default with what happens from now on.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="GrainKeeperException">The session is over, or too many events wait (<see cref="ErrorCode.Throttled"/>).</exception>
    /// <remarks>The watch is set when this is first read.</remarks>
    public async IAsyncEnumerable<WatchEvent> WatchAsync(
        string path, WatchMode mode, int capacity = 10_000, WatchPosition? fromZxid = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, 1_000_000);
        using var stream = new WatchStream(path, capacity);
        var watch = new PersistentWatch(SlotOf(mode), path, stream.Take, PositionOf(fromZxid))
        {
            MostEvents = stream.MostPast, Room = stream.RoomAsync, Failed = stream.End,
        };
        await _session.WatchAsync(watch, cancellationToken);
        await using var handle = new WatchHandle(this, watch);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task over = _session.Over.ContinueWith(t => stream.End(t.Exception!.InnerException!), end.Token, TaskContinuationOptions.None, TaskScheduler.Default);
        try
        {
            while (await stream.NextAsync(cancellationToken) is { } change)
            {
                yield return change;
            }
        }
        finally
        {
            await end.CancelAsync();
            await over.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Removes all watches of a node, with their callbacks.</summary>
    /// <param name="path">The node's path.</param>
    /// <param name="type">Which of them.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="NoWatcherException">There are none.</exception>
    public async Task RemoveWatchesAsync(string path, WatcherType type = WatcherType.Any, CancellationToken cancellationToken = default)
    {
        await SendAsync(OpCode.RemoveWatches, RequestBodies.PathMode(_session.Chroot.ToServer(path), (int)type), path, ReplyBodies.Nothing, cancellationToken);
        _session.Watches.RemoveAll(path, type switch
        {
            WatcherType.Children => [WatchSlot.Child],
            WatcherType.Data => [WatchSlot.Data, WatchSlot.Exist],
            WatcherType.Persistent => [WatchSlot.Persistent],
            WatcherType.PersistentRecursive => [WatchSlot.Recursive],
            _ => [WatchSlot.Data, WatchSlot.Exist, WatchSlot.Child, WatchSlot.Persistent, WatchSlot.Recursive],
        });
    }

    /// <summary>Proves an identity, on this connection and all later ones of the session.</summary>
    /// <param name="scheme">For example <c>digest</c>.</param>
    /// <param name="auth">The credentials, for <c>digest</c> <c>user:password</c>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="AuthFailedException">The credentials are not accepted; the client can then only be disposed of.</exception>
    public Task AddAuthAsync(string scheme, ReadOnlyMemory<byte> auth, CancellationToken cancellationToken = default) =>
        _session.AuthenticateAsync(scheme, auth.ToArray(), cancellationToken);

    /// <summary>The identities that the session has proven.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<IReadOnlyList<ClientIdentity>> WhoAmIAsync(CancellationToken cancellationToken = default) =>
        SendAsync(OpCode.WhoAmI, default, null, ReplyBodies.Identities, cancellationToken);

    /// <summary>The paths of this session's ephemeral nodes.</summary>
    /// <param name="prefix">Only those that begin so.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<IReadOnlyList<string>> GetEphemeralsAsync(string prefix = "/", CancellationToken cancellationToken = default) =>
        SendAsync(
            OpCode.GetEphemerals, RequestBodies.Path(_session.Chroot.ToServer(prefix)), prefix, (ref JuteReader r) => ReplyBodies.Paths(ref r, _session.Chroot), cancellationToken);

    /// <summary>How many nodes lie below a node.</summary>
    /// <param name="path">The node's path.</param>
    /// <param name="consistency">What it promises to show; null for <see cref="GrainKeeperClientOptions.ReadConsistency"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="NoNodeException">There is no such node.</exception>
    public Task<int> GetAllChildrenNumberAsync(string path, ReadConsistency? consistency = null, CancellationToken cancellationToken = default) =>
        _session.SendAsync(
            new PendingRequest<int>(OpCode.GetAllChildrenNumber, RequestBodies.Path(_session.Chroot.ToServer(path)), path, ReplyBodies.Int)
            {
                Consistency = consistency ?? _options.ReadConsistency,
            },
            cancellationToken);

    /// <summary>Ends the session, which deletes its ephemeral nodes, and closes the client. Without an attached server the session ends by its timeout.</summary>
    public async ValueTask DisposeAsync()
    {
        await _session.DisposeAsync();
        await _transactions.DisposeAsync();
    }

    /// <summary>Cancelled when the session can no longer be relied on without a gap; see <see cref="SessionContinuity"/>.</summary>
    internal CancellationToken Continuity => _session.Continuity;

    /// <summary>Whether the session is over for good.</summary>
    internal bool IsOver => _session.Over.IsCompleted;

    /// <summary>The clock.</summary>
    internal TimeProvider Time => _options.TimeProvider;

    private Task<T> SendAsync<T>(OpCode type, ReadOnlyMemory<byte> body, string? path, ReplyDecoder<T> decoder, CancellationToken cancellationToken) =>
        _session.SendAsync(new PendingRequest<T>(type, body, path, decoder), cancellationToken);

    private Task<T> ReadAsync<T>(OpCode type, ReadOnlyMemory<byte> body, string? path, ReplyDecoder<T> decoder, CancellationToken cancellationToken) =>
        _session.SendAsync(new PendingRequest<T>(type, body, path, decoder) { Consistency = _options.ReadConsistency }, cancellationToken);

    private Action<ErrorCode>? Registration(WatchSlot slot, string path, Action<WatchEvent>? watch) =>
        watch is null ? null : _ => _session.Watches.Add(slot, path, watch);

    private static WatchSlot SlotOf(WatchMode mode) => mode == WatchMode.Persistent ? WatchSlot.Persistent : WatchSlot.Recursive;

    private static EventPosition? PositionOf(WatchPosition? from)
    {
        if (from is not { } position)
        {
            return null;
        }

        ArgumentOutOfRangeException.ThrowIfNegative(position.Zxid, nameof(from));
        ArgumentOutOfRangeException.ThrowIfNegative(position.Index, nameof(from));
        return new EventPosition(new Zxid(position.Zxid), position.Index);
    }

    private async Task UnwatchAsync(PersistentWatch watch)
    {
        if (!_session.Watches.Remove(watch) || State is ClientState.Closed or ClientState.Expired or ClientState.AuthFailed)
        {
            return;
        }

        var type = watch.Slot == WatchSlot.Persistent ? WatcherType.Persistent : WatcherType.PersistentRecursive;
        try
        {
            await SendAsync(OpCode.RemoveWatches, RequestBodies.PathMode(_session.Chroot.ToServer(watch.Path), (int)type), watch.Path, ReplyBodies.Nothing, default);
        }
        catch (GrainKeeperException e) when (e.Code is ErrorCode.NoWatcher or ErrorCode.ConnectionLoss or ErrorCode.SessionExpired)
        {
            // Gone with its connection: the next one is not told of it any more.
            return;
        }
    }

    private sealed class WatchHandle(GrainKeeperClient client, PersistentWatch watch) : IAsyncDisposable
    {
        private int _disposed;

        public ValueTask DisposeAsync() =>
            Interlocked.Exchange(ref _disposed, 1) == 0 ? new ValueTask(client.UnwatchAsync(watch)) : ValueTask.CompletedTask;
    }
}
