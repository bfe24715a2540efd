using System.Globalization;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Core.Tests.Tree;

/// <summary>A seeded stream of transactions that are possible in the tree's present state: few names, so that paths come and go and come again.</summary>
internal sealed class RandomHistory(int seed, DataTree tree, int names = 4, int depth = 4)
{
    private static readonly AclList[] Acls =
    [
        AclList.Open,
        AclList.ReadOnly,
        new([new AclEntry(Permissions.All, "digest", "bob:xyz"), new AclEntry(Permissions.Read, "world", "anyone")]),
        new([]),
    ];

    private readonly Random _random = new(seed);
    private long _time = 1_000;

    public byte[] Next()
    {
        _time += _random.Next(50);
        for (var attempt = 0; ; attempt++)
        {
            if (attempt > 200)
            {
                return Txns.Make(OpCode.Error, w => w.Error(ErrorCode.NoNode), time: _time);
            }

            var payload = TryNext();
            if (payload is not null)
            {
                return payload;
            }
        }
    }

    private byte[]? TryNext() => _random.Next(20) switch
    {
        < 8 => TryCreate(),
        < 12 => TryDelete(),
        < 15 => TrySetData(),
        16 => TrySetAcl(),
        17 => TryCloseSession(),
        18 => TryMulti(),
        19 when _random.Next(4) == 0 => Txns.Make(OpCode.CreateSession, w => w.CreateSession(4_000), session: _random.Next(1, 4)),
        _ => null,
    };

    private string RandomPath()
    {
        var path = string.Empty;
        for (var level = _random.Next(1, depth + 1); level > 0; level--)
        {
            path += "/" + Name();
        }

        return path;
    }

    private string Name()
    {
        var name = "n" + _random.Next(names).ToString(CultureInfo.InvariantCulture);
        return _random.Next(40) == 0 ? name + new string('x', _random.Next(1, 1500)) : name;
    }

    private byte[]? Data() => _random.Next(10) switch
    {
        0 => null,
        1 => [],
        _ => Bytes(_random.Next(1, 40)),
    };

    private byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        _random.NextBytes(bytes);
        return bytes;
    }

    private byte[]? TryCreate()
    {
        var path = RandomPath();
        var slash = path.LastIndexOf('/');
        if (tree.Has(path) || !tree.TryFind(TreeText.Utf8(slash == 0 ? "/" : path[..slash]), out var parent) || parent.Kind == NodeKind.Ephemeral)
        {
            return null;
        }

        var kind = (NodeKind)Math.Max(0, _random.Next(-4, 4));
        var lifetime = kind switch { NodeKind.Ephemeral => _random.Next(1, 4), NodeKind.Ttl => _random.Next(1, 1000), _ => 0 };
        return Txns.Create(tree, path, Data(), kind, lifetime, Acls[_random.Next(Acls.Length)], _time);
    }

    private byte[]? TryDelete()
    {
        var path = RandomPath();
        return tree.TryFind(TreeText.Utf8(path), out var node) && node.NumChildren == 0 ? Txns.Delete(path) : null;
    }

    private byte[]? TrySetData()
    {
        var path = _random.Next(10) == 0 ? "/" : RandomPath();
        return tree.TryFind(TreeText.Utf8(path), out var node) ? Txns.SetData(path, Data(), node.Stat.Version + 1, _time) : null;
    }

    private byte[]? TrySetAcl()
    {
        var path = RandomPath();
        return tree.TryFind(TreeText.Utf8(path), out var node) ? Txns.SetAcl(path, Acls[_random.Next(Acls.Length)], node.Stat.AVersion + 1) : null;
    }

    private byte[] TryCloseSession()
    {
        var session = _random.Next(1, 4);
        return Txns.CloseSession(session, tree.EphemeralsOf(session).Paths());
    }

    /// <summary>Creates a node and one below it, changes the first, and sometimes deletes both again: all in one transaction.</summary>
    private byte[]? TryMulti()
    {
        var path = "/" + Name();
        if (tree.Has(path))
        {
            return null;
        }

        var below = path + "/" + Name();
        var delete = _random.Next(2) == 0;
        var data = Data();
        return Txns.Make(
            OpCode.Multi,
            w =>
            {
                Txns.Create(w, tree, path, data);
                w.Create(OpCode.Create2, TreeText.Utf8(below), [1], false, AclList.Open, NodeKind.Persistent, 0, 1);
                w.Check(TreeText.Utf8(path), 0);
                w.SetData(OpCode.SetData, TreeText.Utf8(path), data, data is null, 1);
                if (delete)
                {
                    w.Delete(OpCode.Delete, TreeText.Utf8(below));
                    w.Delete(OpCode.Delete, TreeText.Utf8(path));
                }
            },
            time: _time);
    }
}
