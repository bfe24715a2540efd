using System.Globalization;
using System.Text;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Storage;

/// <summary>Prints a state: its sessions and nodes in order, one a line.</summary>
internal static class StateDump
{
    public static void Write(TextWriter output, ReplicaState state)
    {
        foreach (var (id, timeout) in state.Sessions.ToSortedArray())
        {
            var kept = state.Results.Contains(id)
                ? string.Create(CultureInfo.InvariantCulture, $", keeps {state.Results.MostOf(id)} answers, {state.Results.CountOf(id)} now, last write {state.Results.LastOf(id)}")
                : string.Empty;
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"session 0x{id:x} timeout {timeout} ms{kept}"));
        }

        foreach (var commit in state.Commits.ToArray().OrderBy(c => c.Key.ToString(), StringComparer.Ordinal))
        {
            output.WriteLine(OneLine(new StringBuilder($"commit {commit.Key}: {string.Join(", ", commit.Records().Select(r => r.Describe()))}")));
        }

        // A stack of our own: a tree may be deeper than the thread's.
        var pending = new Stack<byte[]>();
        pending.Push("/"u8.ToArray());
        while (pending.TryPop(out var path))
        {
            if (!state.Tree.TryFind(path, out var node))
            {
                continue;
            }

            WriteNode(output, node);
            var children = new List<byte[]>(node.NumChildren);
            foreach (var child in node.Children)
            {
                children.Add(child.Path.ToArray());
            }

            children.Sort(static (a, b) => b.AsSpan().SequenceCompareTo(a));
            children.ForEach(pending.Push);
        }
    }

    private static void WriteNode(TextWriter output, NodeRef node)
    {
        var stat = node.Stat;
        var text = OneLine(new StringBuilder(Encoding.UTF8.GetString(node.Path)));

        text.Append(CultureInfo.InvariantCulture, $" {node.Kind}");
        text.Append(node.Kind switch
        {
            NodeKind.Ephemeral => string.Create(CultureInfo.InvariantCulture, $" of 0x{node.EphemeralOwner:x}"),
            NodeKind.Ttl => string.Create(CultureInfo.InvariantCulture, $" {node.Ttl} ms"),
            _ => string.Empty,
        });
        text.Append(CultureInfo.InvariantCulture, $" {node.Data.Length} B, {node.NumChildren} children,");
        text.Append(CultureInfo.InvariantCulture, $" czxid 0x{stat.Czxid:x} mzxid 0x{stat.Mzxid:x} pzxid 0x{stat.Pzxid:x}");
        text.Append(CultureInfo.InvariantCulture, $" version {stat.Version} cversion {stat.CVersion} aversion {stat.AVersion} acl {node.Acl}");
        output.WriteLine(text);
    }

    private static StringBuilder OneLine(StringBuilder text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            text[i] = char.IsControl(text[i]) ? '?' : text[i];
        }

        return text;
    }
}
