using System.Globalization;
using System.Text;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Core.Requests;

/// <summary>
/// Turns requests into transactions, on the leader only (ZooKeeper's PrepRequestProcessor): checks each against the tree as it will be when all
/// proposals before it are applied, and writes down the resulting values. A request that fails becomes an error transaction, which uses up a zxid: so
/// its answer comes in the session's order and only once everything it was judged by is committed.
/// </summary>
/// <param name="changes">The tree as it will be.</param>
/// <param name="rules">Switches.</param>
/// <param name="ensemble">The ensemble, for reconfigurations.</param>
/// <param name="seed">For hashing.</param>
internal sealed partial class RequestPreparer(OutstandingChanges changes, PreparerRules rules, IReconfigurationRules ensemble, ulong seed)
{
    private const long LongestTtl = (1L << 40) - 1;
    private const int BytesAroundPath = 8;
    private readonly AclResolver _acls = new(seed);
    private readonly ByteBuffer _scratch = new();
    private readonly Slabs _slabs = new();
    private readonly List<ReadOnlyMemory<byte>> _paths = [];

    /// <summary>The configuration that the transaction prepared last puts in force; null when it is no reconfiguration.</summary>
    public QuorumConfiguration? Reconfigured { get; private set; }

    /// <summary>Prepares a request.</summary>
    /// <param name="request">The request; its session has been checked.</param>
    /// <param name="zxid">The zxid that its transaction will have.</param>
    /// <param name="wall">Milliseconds since the Unix epoch.</param>
    /// <param name="payload">The transaction.</param>
    /// <returns>False when nothing is to be proposed: a collector's delete that is no longer due.</returns>
    public bool TryPrepare(in WriteRequest request, Zxid zxid, long wall, out ReadOnlyMemory<byte> payload)
    {
        _scratch.Clear();
        Reconfigured = null;
        var writer = new TxnWriter(_scratch);
        writer.Begin(HeaderOf(request, request.Type, wall));
        var code = PrepareAny(request, writer, zxid, wall);
        if (code == ErrorCode.Nothing)
        {
            payload = default;
            return false;
        }

        if (code != ErrorCode.Ok)
        {
            _scratch.Clear();
            writer.Begin(HeaderOf(request, OpCode.Error, wall));
            writer.Error(code);
        }

        writer.End();
        payload = _slabs.Copy(_scratch.Written);
        return true;
    }

    /// <summary>
    /// Makes room before a session's end when its nodes would not fit one transaction of a reasonable size: deletes some of them.
    /// </summary>
    /// <returns>False when the rest fits.</returns>
    public bool TryTrimSession(long sessionId, Zxid zxid, long wall, out ReadOnlyMemory<byte> payload)
    {
        var limit = rules.MaxTxnBytes / 4;
        changes.CollectEphemerals(sessionId, _paths);
        long bytes = 0;
        foreach (var path in _paths)
        {
            bytes += path.Length + BytesAroundPath;
        }

        payload = default;
        if (bytes > limit)
        {
            _scratch.Clear();
            var writer = new TxnWriter(_scratch);
            writer.Begin(new TxnHeader(sessionId, 0, wall, OpCode.Multi));
            for (var i = 0; _scratch.Length < limit; i++)
            {
                writer.Delete(OpCode.Delete, _paths[i].Span);
                PutDeleted(_paths[i], zxid);
            }

            writer.End();
            payload = _slabs.Copy(_scratch.Written);
        }

        _paths.Clear();
        return !payload.IsEmpty;
    }

    private ErrorCode PrepareAny(in WriteRequest request, TxnWriter writer, Zxid zxid, long wall)
    {
        try
        {
            var reader = new JuteReader(request.Body.Span);
            switch (request.Type)
            {
                case OpCode.CreateSession:
                    writer.CreateSession(reader.ReadInt(), request.KeepsResult ? reader.ReadInt() : 0);
                    return ErrorCode.Ok;
                case OpCode.CloseSession:
                    CloseSession(request.SessionId, writer, zxid);
                    return ErrorCode.Ok;
                case OpCode.DeleteContainer:
                    var collectable = PathRecord.Read(ref reader);
                    return DeleteCollectable(PathAt(request.Body, 0, collectable.Path.Length), writer, zxid, wall);
                case OpCode.Multi:
                    return Multi(request, ref reader, writer, zxid, wall);
                case OpCode.Reconfig when request.SessionId == 0:
                    byte[] list = [.. request.Body.Span, .. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"\nversion={zxid.Value:x}"))];
                    SetServerList(list, writer, zxid, wall);
                    return ErrorCode.Ok;
                case OpCode.Reconfig:
                    return rules.Reconfiguration ? Reconfigure(ReconfigRequest.Read(ref reader), request.Who, writer, zxid, wall) : ErrorCode.ReconfigDisabled;
                default:
                    return Operation(request.Type, request, ref reader, writer, zxid, wall);
            }
        }
        catch (JuteFormatException)
        {
            return ErrorCode.MarshallingError;
        }
    }

    private static TxnHeader HeaderOf(in WriteRequest request, OpCode type, long wall) =>
        new(request.SessionId, request.Cxid, wall, type, request.KeepsResult);

    private ErrorCode DeleteCollectable(ReadOnlyMemory<byte> path, TxnWriter writer, Zxid zxid, long wall)
    {
        if (SpecialPaths.IsPermanent(path.Span) || !changes.TryGet(path.Span, out var node) || node.Children > 0)
        {
            return ErrorCode.Nothing;
        }

        var due = node.Kind switch
        {
            NodeKind.Container => node.CVersion > 0,
            NodeKind.Ttl => wall - node.Mtime > node.Lifetime,
            _ => false,
        };
        if (!due)
        {
            return ErrorCode.Nothing;
        }

        writer.Delete(OpCode.DeleteContainer, path.Span);
        PutDeleted(path, zxid);
        return ErrorCode.Ok;
    }

    private ErrorCode Reconfigure(in ReconfigRequest request, Credentials who, TxnWriter writer, Zxid zxid, long wall)
    {
        if (ensemble.IsUnderWay)
        {
            return ErrorCode.ReconfigInProgress;
        }

        if (ensemble.Current is not { } current || ensemble.HasOtherTrees)
        {
            return ErrorCode.Unimplemented;
        }

        if (request.CurrentConfiguration != -1 && request.CurrentConfiguration != current.Version.Value)
        {
            return ErrorCode.BadVersion;
        }

        if (ReconfigurationPlan.Make(request, current, zxid) is not { } next || QuorumOf(next) is not { } quorum)
        {
            return ErrorCode.BadArguments;
        }

        if (!ensemble.IsQuorumSynced(quorum))
        {
            return ErrorCode.NewConfigNoQuorum;
        }

        Invariant.That(changes.TryGet(SpecialPaths.Config, out var node), "the node of the configuration is missing");
        if (!Allows(node.Acl, Permissions.Write, who))
        {
            return ErrorCode.NoAuth;
        }

        SetServerList(Encoding.UTF8.GetBytes(MembershipText.Of(next.Servers, zxid)), writer, zxid, wall);
        Reconfigured = quorum;
        return ErrorCode.Ok;
    }

    private static QuorumConfiguration? QuorumOf(MembershipList list)
    {
        try
        {
            return list.ToQuorum();
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    /// <summary>The server list with the transaction as its version.</summary>
    private void SetServerList(byte[] text, TxnWriter writer, Zxid zxid, long wall)
    {
        Invariant.That(changes.TryGet(SpecialPaths.Config, out var node), "the node of the configuration is missing");
        writer.SetData(OpCode.Reconfig, SpecialPaths.Config, text, false, -1);
        node.Version = -1;
        node.Mtime = wall;
        node.DataLength = text.Length;
        node.Zxid = zxid;
        changes.Put(SpecialPaths.Config.ToArray(), node);
    }

    private void CloseSession(long sessionId, TxnWriter writer, Zxid zxid)
    {
        changes.CollectEphemerals(sessionId, _paths);
        writer.CloseSession(_paths.Count);
        foreach (var path in _paths)
        {
            writer.EphemeralPath(path.Span);
            PutDeleted(path, zxid);
        }

        _paths.Clear();
    }

    private void PutDeleted(ReadOnlyMemory<byte> path, Zxid zxid)
    {
        Invariant.That(TrySplit(path.Span, out var parentLength));
        var parentPath = ParentOf(path, parentLength);
        Invariant.That(changes.TryGet(parentPath.Span, out var parent));
        Invariant.That(changes.TryGet(path.Span, out var node));
        NoteUsage(zxid, path.Span, -1, -node.DataLength);
        parent.Children--;
        parent.Zxid = zxid;
        changes.Put(parentPath, parent);
        changes.Put(path, new NodeView { Zxid = zxid });
    }

    private void NoteUsage(Zxid zxid, ReadOnlySpan<byte> path, int count, int bytes)
    {
        if (rules.EnforceQuota)
        {
            changes.Usage.Add(zxid, path, count, bytes);
        }
    }

    private bool Allows(AclList acl, Permissions permission, Credentials who) => rules.SkipAcl || AclGuard.Allows(acl, permission, who);

    private static ReadOnlyMemory<byte> PathAt(ReadOnlyMemory<byte> body, int start, int length) => body.Slice(start + sizeof(int), length);

    private static ReadOnlyMemory<byte> RootPath { get; } = "/"u8.ToArray();

    private static ReadOnlyMemory<byte> ParentOf(ReadOnlyMemory<byte> path, int parentLength) => parentLength == 0 ? RootPath : path[..parentLength];

    /// <summary>Finds the last slash; false when there is none or the path has a NUL.</summary>
    private static bool TrySplit(ReadOnlySpan<byte> path, out int parentLength)
    {
        parentLength = path.LastIndexOf((byte)'/');
        return parentLength >= 0 && !path.Contains((byte)0);
    }
}
