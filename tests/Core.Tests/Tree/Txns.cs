using System.Buffers;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Core.Tests.Tree;

/// <summary>Makes transactions as a leader does: from what the client asks and the state of the tree.</summary>
internal static class Txns
{
    public static byte[] Make(OpCode type, Action<TxnWriter> body, long session = 0x11, long time = 1_000, int cxid = 7)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new TxnWriter(buffer);
        writer.Begin(new TxnHeader(session, cxid, time, type));
        body(writer);
        writer.End();
        return buffer.WrittenSpan.ToArray();
    }

    public static byte[] Create(
        DataTree tree, string path, byte[]? data = null, NodeKind kind = NodeKind.Persistent, long lifetime = 0, AclList? acl = null, long time = 1_000)
    {
        var type = kind switch { NodeKind.Container => OpCode.CreateContainer, NodeKind.Ttl => OpCode.CreateTtl, _ => OpCode.Create };
        return Make(type, w => Create(w, tree, path, data, kind, lifetime, acl), time: time);
    }

    public static void Create(
        TxnWriter writer, DataTree tree, string path, byte[]? data, NodeKind kind = NodeKind.Persistent, long lifetime = 0, AclList? acl = null)
    {
        var slash = path.LastIndexOf('/');
        var cversion = tree.TryFind(TreeText.Utf8(slash == 0 ? "/" : path[..slash]), out var parent) ? parent.InternalCVersion : 0;
        var type = kind switch { NodeKind.Container => OpCode.CreateContainer, NodeKind.Ttl => OpCode.CreateTtl, _ => OpCode.Create };
        writer.Create(type, TreeText.Utf8(path), data, data is null, acl ?? AclList.Open, kind, lifetime, cversion + 1);
    }

    public static byte[] Delete(string path) => Make(OpCode.Delete, w => w.Delete(OpCode.Delete, TreeText.Utf8(path)));

    public static byte[] SetData(string path, byte[]? data, int version, long time = 1_000) =>
        Make(OpCode.SetData, w => w.SetData(OpCode.SetData, TreeText.Utf8(path), data, data is null, version), time: time);

    public static byte[] SetAcl(string path, AclList acl, int aversion) => Make(OpCode.SetAcl, w => w.SetAcl(TreeText.Utf8(path), acl, aversion));

    public static byte[] CloseSession(long session, params string[] paths) => Make(
        OpCode.CloseSession,
        w =>
        {
            w.CloseSession(paths.Length);
            foreach (var path in paths)
            {
                w.EphemeralPath(TreeText.Utf8(path));
            }
        },
        session);

    public static Zxid Run(this DataTree tree, byte[] payload, ITreeChangeListener? listener = null)
    {
        var zxid = tree.LastApplied == Zxid.Zero ? Zxid.Of(new Epoch(1), 1) : tree.LastApplied.Next();
        tree.Apply(zxid, payload, listener);
        return zxid;
    }
}
