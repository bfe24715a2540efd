using System.Buffers.Binary;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Requests;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Core.Replica;

/// <summary>Answers with names in order, from one on, as many as are asked for and as fit a page.</summary>
internal sealed class PageReader(ReplicaState state, bool skipAcl)
{
    private const int MostNames = 10_000;
    private const int MostBytes = 512 * 1024;

    private NodeStore Store => state.Tree.Store;

    /// <summary>Children of a node.</summary>
    public ErrorCode Children(ClientConnection client, in PageRequest request, JuteWriter writer, ByteBuffer output)
    {
        var error = Find(client, request.Path, out var parent);
        if (error != ErrorCode.Ok)
        {
            return error;
        }

        var order = Store.Orders.Of(parent);
        var page = new Page(output, writer, state.LastApplied.Value, request.Limit);
        var place = order.From(request.After.SequenceCompareTo(request.Prefix) < 0 ? request.Prefix : request.After);
        for (var child = order.At(ref place); child != NodeStore.None; child = order.At(ref place))
        {
            var name = Store.NameOf(child);
            if (!name.StartsWith(request.Prefix) || (!name.SequenceEqual(request.After) && !page.Add(name)))
            {
                break;
            }

            place.Index++;
        }

        page.End();
        new NodeRef(Store, parent).Stat.Write(writer);
        return ErrorCode.Ok;
    }

    /// <summary>Paths below a node.</summary>
    public ErrorCode Subtree(ClientConnection client, in PageRequest request, JuteWriter writer, ByteBuffer output)
    {
        var error = Find(client, request.Path, out _);
        if (error != ErrorCode.Ok)
        {
            return error;
        }

        // The last slash parts the node whose children are looked at from how their names begin.
        byte[] whole = [.. request.Path.Length == 1 ? default : request.Path, (byte)'/', .. request.Prefix];
        var slash = whole.AsSpan().LastIndexOf((byte)'/');
        var top = slash == 0 ? "/"u8 : whole.AsSpan(0, slash);
        ReadOnlySpan<byte> prefix = whole.AsSpan(slash + 1);
        var above = slash + 1;
        if (!request.After.IsEmpty && !request.After.StartsWith(whole.AsSpan(0, above)))
        {
            return ErrorCode.BadArguments;
        }

        var page = new Page(output, writer, state.LastApplied.Value, request.Limit);
        if (Find(client, top, out var node) is var found && found == ErrorCode.Ok)
        {
            var walk = new SubtreeWalk(Store, acl => MayRead(client, acl));
            walk.Begin(node, prefix, request.After.IsEmpty ? default : request.After[above..]);
            for (var next = walk.Next(prefix); next != NodeStore.None && page.Add(Store.PathOf(next)); next = walk.Next(prefix))
            {
            }
        }

        page.End();
        return found == ErrorCode.NoNode ? ErrorCode.Ok : found;
    }

    private ErrorCode Find(ClientConnection client, ReadOnlySpan<byte> path, out int node)
    {
        node = Store.Find(path);
        return node < 0 ? ErrorCode.NoNode : MayRead(client, Store.AclOf(node)) ? ErrorCode.Ok : ErrorCode.NoAuth;
    }

    private bool MayRead(ClientConnection client, AclList acl) => skipAcl || AclGuard.Allows(acl, Permissions.Read, client.Who);

    /// <summary>Writes zxid, whether there are more, and a vector whose length shows at its end.</summary>
    private struct Page
    {
        private readonly ByteBuffer _output;
        private readonly JuteWriter _writer;
        private readonly int _limit;
        private readonly int _start;
        private int _count;
        private bool _more;

        public Page(ByteBuffer output, JuteWriter writer, long zxid, int limit)
        {
            (_output, _writer, _limit) = (output, writer, Math.Min(limit, MostNames));
            writer.WriteLong(zxid);
            _start = output.Length;
            writer.WriteBool(false);
            writer.WriteInt(0);
        }

        public bool Add(ReadOnlySpan<byte> text)
        {
            if (_count == _limit || (_count > 0 && _output.Length - _start + text.Length > MostBytes))
            {
                _more = true;
                return false;
            }

            _writer.WriteBuffer(text);
            _count++;
            return true;
        }

        public readonly void End()
        {
            _output.At(_start, 1)[0] = _more ? (byte)1 : (byte)0;
            BinaryPrimitives.WriteInt32BigEndian(_output.At(_start + 1, sizeof(int)), _count);
        }
    }
}
