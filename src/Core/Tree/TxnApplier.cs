using System.Text;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Tree;

/// <summary>
/// Carries out transactions on a store. Strictly: each operation must be possible. Idempotently, over a fuzzy copy that may already hold
/// effects of this transaction and of later ones: every operation sets the values that it names, whatever is there, and what is missing is
/// left to the later transaction that made it vanish. After the last transaction that the copy may hold, the state is exact again, because
/// (a) a node that lives on through all of them was in the copy or is created by one of them, (b) every value of it was set last either
/// before the copy began or by one of them, and (c) a node that is not in the final state is deleted by the last one that concerns it.
/// </summary>
internal sealed class TxnApplier(NodeStore store, QuotaBook quotas)
{
    private readonly NodeStore _store = store;

    public void Apply(Zxid zxid, ReadOnlySpan<byte> payload, bool strict, ITreeChangeListener? listener)
    {
        var reader = new TxnReader(payload);
        var step = new Step(zxid, reader.Header, strict, listener);
        if (TxnWriter.IsList(step.Header.Type))
        {
            // A multi is done as a whole or not at all: damage at its end must show before its first operation is carried out.
            TxnReader.Validate(payload);
            while (reader.MoveNext(out var part))
            {
                Apply(step, part);
            }

            return;
        }

        reader.MoveNext(out var operation);
        reader.MoveNext(out _);
        Apply(step, operation);
    }

    private void Apply(in Step step, in TxnOperation operation)
    {
        switch (operation.Type)
        {
            case OpCode.Create or OpCode.Create2 or OpCode.CreateContainer or OpCode.CreateTtl:
                Create(step, operation);
                break;
            case OpCode.Delete or OpCode.DeleteContainer:
                Delete(step, operation.Type, operation.Path, owner: 0);
                break;
            case OpCode.SetData or OpCode.Reconfig:
                SetData(step, operation);
                break;
            case OpCode.SetAcl:
                SetAcl(step, operation);
                break;
            case OpCode.Check:
                Check(step, operation);
                break;
            case OpCode.CloseSession:
                CloseSession(step, operation);
                break;
            case OpCode.Error:
                step.Listener?.Failed(step.Zxid, operation.Error);
                break;
            case OpCode.CreateSession or OpCode.CommitRecord or OpCode.CommitForget or OpCode.CommitFinish or OpCode.CommitBarrier:
                break;
            default:
                throw new InvariantViolationException($"operation {operation.Type} of {step.Zxid} was decoded but is not known");
        }
    }

    private void Create(in Step step, in TxnOperation operation)
    {
        var parent = _store.Find(NodeStore.ParentPath(operation.Path));
        var index = _store.Find(operation.Path);
        if (step.Strict)
        {
            Invariant.That(parent >= 0, $"{step.Zxid} creates {Text(operation.Path)}, whose parent is missing");
            Invariant.That(index < 0, $"{step.Zxid} creates {Text(operation.Path)}, which exists");
            Invariant.That(_store.KindOf(parent) != NodeKind.Ephemeral, $"{step.Zxid} creates {Text(operation.Path)} below an ephemeral node");
        }
        else if (parent < 0)
        {
            return;
        }

        var acl = _store.Acls.Intern(operation.Acl);
        if (index < 0)
        {
            index = _store.Add(operation.Path);
            _store.Link(parent, index);
        }

        _store.SetValues(index, operation.Data, operation.DataIsNull, acl, operation.Kind, operation.Lifetime);
        ref var node = ref _store[index];
        node.Czxid = node.Mzxid = node.Pzxid = step.Zxid.Value;
        node.Ctime = node.Mtime = step.Header.Time;
        node.Version = node.CVersion = node.AVersion = 0;
        ref var parentNode = ref _store[parent];
        parentNode.CVersion = operation.ParentCVersion;
        parentNode.Pzxid = step.Zxid.Value;
        step.Listener?.NodeCreated(step.Zxid, operation.Type, new NodeRef(_store, index), new NodeRef(_store, parent));
        if (step.Strict)
        {
            quotas.Created(operation.Path, operation.Data.Length);
        }
    }

    private void Delete(in Step step, OpCode type, ReadOnlySpan<byte> path, long owner)
    {
        var index = _store.Find(path);
        if (step.Strict)
        {
            Invariant.That(index > 0, $"{step.Zxid} deletes {Text(path)}, which does not exist or is the root");
            Invariant.That(_store[index].NumChildren == 0, $"{step.Zxid} deletes {Text(path)}, which has children");
            Invariant.That(
                owner == 0 || (_store.KindOf(index) == NodeKind.Ephemeral && _store.LifetimeOf(index) == owner),
                $"{step.Zxid} closes session 0x{owner:x} and deletes {Text(path)}, which it does not own");
        }

        // The parent's pzxid moves even if the copy was taken when the node was gone already.
        var parent = index >= 0 ? _store[index].Parent : _store.Find(NodeStore.ParentPath(path));
        if (parent >= 0)
        {
            _store[parent].Pzxid = step.Zxid.Value;
        }

        if (index < 0)
        {
            return;
        }

        var acl = _store.AclOf(index);
        var length = _store[index].DataLength;
        _store.RemoveSubtree(index);
        step.Listener?.NodeDeleted(step.Zxid, type, path, acl, new NodeRef(_store, parent));
        if (step.Strict)
        {
            quotas.Deleted(path, length);
        }
    }

    private void SetData(in Step step, in TxnOperation operation)
    {
        if (!Exists(step, operation.Path, "sets the data of", out var index))
        {
            return;
        }

        var length = _store[index].DataLength;
        _store.SetData(index, operation.Data, operation.DataIsNull);
        ref var node = ref _store[index];
        node.Mzxid = step.Zxid.Value;
        node.Mtime = step.Header.Time;
        node.Version = operation.Version;
        step.Listener?.NodeDataChanged(step.Zxid, operation.Type, new NodeRef(_store, index));
        if (step.Strict)
        {
            quotas.DataChanged(operation.Path, length, operation.Data.Length);
        }
    }

    private void SetAcl(in Step step, in TxnOperation operation)
    {
        if (!Exists(step, operation.Path, "sets the ACL of", out var index))
        {
            return;
        }

        _store.SetAcl(index, _store.Acls.Intern(operation.Acl));
        _store[index].AVersion = operation.Version;
        step.Listener?.NodeAclChanged(step.Zxid, new NodeRef(_store, index));
    }

    private void Check(in Step step, in TxnOperation operation)
    {
        if (Exists(step, operation.Path, "checks", out var index) && step.Strict)
        {
            var version = _store[index].Version;
            Invariant.That(
                operation.Version == -1 || version == operation.Version,
                $"{step.Zxid} checked version {operation.Version} of {Text(operation.Path)}, which has version {version}");
        }

        step.Listener?.Checked(step.Zxid, operation.Path);
    }

    private void CloseSession(in Step step, in TxnOperation operation)
    {
        foreach (var path in operation.Paths)
        {
            Delete(step, OpCode.CloseSession, path, step.Header.SessionId);
        }

        var left = _store.Specials.CountOf(step.Header.SessionId);
        Invariant.That(!step.Strict || left == 0, $"{step.Zxid} closes session 0x{step.Header.SessionId:x} and leaves {left} of its nodes");
    }

    private bool Exists(in Step step, ReadOnlySpan<byte> path, string what, out int index)
    {
        index = _store.Find(path);
        Invariant.That(index >= 0 || !step.Strict, $"{step.Zxid} {what} {Text(path)}, which does not exist");
        return index >= 0;
    }

    private static string Text(ReadOnlySpan<byte> path) => Encoding.UTF8.GetString(path);

    private readonly record struct Step(Zxid Zxid, TxnHeader Header, bool Strict, ITreeChangeListener? Listener);
}
