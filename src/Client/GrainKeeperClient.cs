using GrainKeeper.Client.Connections;
using GrainKeeper.Client.Errors;
using GrainKeeper.Client.Sessions;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Tree;
using GrainKeeper.Core.Watches;

namespace GrainKeeper.Client;

/// <summary>
/// A session with one tree of an ensemble. Operations are carried out in the order in which they are called, also when they are not awaited one by one.
/// After a lost connection the client attaches the session to another server; reads are then repeated, watches set again, and writes whose answer
/// is missing fail with <see cref="ConnectionLossException"/>: they may or may not have been carried out. Safe for any thread.
/// </summary>
public sealed class GrainKeeperClient : IAsyncDisposable
{
    private readonly ClientSession _session;

    private GrainKeeperClient(ClientSession session) => _session = session;

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

    internal static async Task<GrainKeeperClient> ConnectAsync(
        GrainKeeperClientOptions options, IServerDialer dialer, Random random, CancellationToken cancellationToken)
    {
        options.Validate();
        var session = new ClientSession(options, dialer, random);
        try
        {
            await session.AttachedOnce.WaitAsync(options.ConnectTimeout, options.TimeProvider, cancellationToken);
            return new GrainKeeperClient(session);
        }
        catch (TimeoutException)
        {
            var failures = session.Failures;
            await session.DisposeAsync();
            throw new ConnectionLossException(
                $"no server accepted a session within {options.ConnectTimeout.TotalSeconds:0.###} s ({failures}): check that the servers run, that a majority of them is up, and that the ports are their gateway ports");
        }
        catch
        {
            await session.DisposeAsync();
            throw;
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
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="NoNodeException">There is no such node; then no watch is set.</exception>
    public Task<NodeData> GetDataAsync(string path, Action<WatchEvent>? watch = null, CancellationToken cancellationToken = default) =>
        _session.SendAsync(
            new PendingRequest<NodeData>(OpCode.GetData, RequestBodies.PathWatch(_session.Chroot.ToServer(path), watch is not null), path, ReplyBodies.Data)
            {
                Answered = Registration(WatchSlot.Data, path, watch),
            },
            cancellationToken);

    /// <summary>Reads a node's stat.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="watch">Called once, when the node is created, changed or deleted.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The stat; null when there is no such node.</returns>
    public Task<Stat?> ExistsAsync(string path, Action<WatchEvent>? watch = null, CancellationToken cancellationToken = default) =>
        _session.SendAsync(
            new PendingRequest<Stat?>(OpCode.Exists, RequestBodies.PathWatch(_session.Chroot.ToServer(path), watch is not null), path, ReplyBodies.StatIfAny)
            {
                Accepted = ErrorCode.NoNode,
                Answered = watch is null ? null : error => _session.Watches.Add(error == ErrorCode.Ok ? WatchSlot.Data : WatchSlot.Exist, path, watch),
            },
            cancellationToken);

    /// <summary>Reads the names of a node's children.</summary>
    /// <param name="path">The node's path.</param>
    /// <param name="watch">Called once, when a child is created or deleted, or the node deleted.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="NoNodeException">There is no such node; then no watch is set.</exception>
    public Task<NodeChildren> GetChildrenAsync(string path, Action<WatchEvent>? watch = null, CancellationToken cancellationToken = default) =>
        _session.SendAsync(
            new PendingRequest<NodeChildren>(
                OpCode.GetChildren2, RequestBodies.PathWatch(_session.Chroot.ToServer(path), watch is not null), path, ReplyBodies.Children)
            {
                Answered = Registration(WatchSlot.Child, path, watch),
            },
            cancellationToken);

    /// <summary>Reads a node's ACL.</summary>
    /// <param name="path">The node's path.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="NoNodeException">There is no such node.</exception>
    public Task<NodeAcl> GetAclAsync(string path, CancellationToken cancellationToken = default) =>
        SendAsync(OpCode.GetAcl, RequestBodies.Path(_session.Chroot.ToServer(path)), path, ReplyBodies.Acl, cancellationToken);

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

    /// <summary>Watches a node until the returned registration is disposed of.</summary>
    /// <param name="path">The node's path; it need not exist.</param>
    /// <param name="mode">What is covered.</param>
    /// <param name="watch">Called for each event. While the session is attached to no server events can be missed: after <see cref="ClientState.Connected"/> read again.</param>
    /// <param name="cancellationToken">Ends the wait; the watch may be set on the server nevertheless, without effect here.</param>
    public async Task<IAsyncDisposable> AddWatchAsync(string path, WatchMode mode, Action<WatchEvent> watch, CancellationToken cancellationToken = default)
    {
        var slot = mode == WatchMode.Persistent ? WatchSlot.Persistent : WatchSlot.Recursive;
        await _session.SendAsync(
            new PendingRequest<bool>(OpCode.AddWatch, RequestBodies.PathMode(_session.Chroot.ToServer(path), (int)mode), path, ReplyBodies.Nothing)
            {
                Answered = Registration(slot, path, watch),
            },
            cancellationToken);
        return new WatchHandle(this, slot, path, watch);
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
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="NoNodeException">There is no such node.</exception>
    public Task<int> GetAllChildrenNumberAsync(string path, CancellationToken cancellationToken = default) =>
        SendAsync(OpCode.GetAllChildrenNumber, RequestBodies.Path(_session.Chroot.ToServer(path)), path, ReplyBodies.Int, cancellationToken);

    /// <summary>Ends the session, which deletes its ephemeral nodes, and closes the client. Without an attached server the session ends by its timeout.</summary>
    public ValueTask DisposeAsync() => _session.DisposeAsync();

    private Task<T> SendAsync<T>(OpCode type, ReadOnlyMemory<byte> body, string? path, ReplyDecoder<T> decoder, CancellationToken cancellationToken) =>
        _session.SendAsync(new PendingRequest<T>(type, body, path, decoder), cancellationToken);

    private Action<ErrorCode>? Registration(WatchSlot slot, string path, Action<WatchEvent>? watch) =>
        watch is null ? null : _ => _session.Watches.Add(slot, path, watch);

    private async Task UnwatchAsync(WatchSlot slot, string path, Action<WatchEvent> watch)
    {
        if (!_session.Watches.Remove(slot, path, watch) || State is ClientState.Closed or ClientState.Expired or ClientState.AuthFailed)
        {
            return;
        }

        var type = slot == WatchSlot.Persistent ? WatcherType.Persistent : WatcherType.PersistentRecursive;
        try
        {
            await SendAsync(OpCode.RemoveWatches, RequestBodies.PathMode(_session.Chroot.ToServer(path), (int)type), path, ReplyBodies.Nothing, default);
        }
        catch (GrainKeeperException e) when (e.Code is ErrorCode.NoWatcher or ErrorCode.ConnectionLoss or ErrorCode.SessionExpired)
        {
            // Gone with its connection: the next one is not told of it any more.
            return;
        }
    }

    private sealed class WatchHandle(GrainKeeperClient client, WatchSlot slot, string path, Action<WatchEvent> watch) : IAsyncDisposable
    {
        private int _disposed;

        public ValueTask DisposeAsync() =>
            Interlocked.Exchange(ref _disposed, 1) == 0 ? new ValueTask(client.UnwatchAsync(slot, path, watch)) : ValueTask.CompletedTask;
    }
}
