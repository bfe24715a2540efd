using System.Text;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Core.Tests.Tree;

/// <summary>A tree as text, one node a line in the order of paths: two trees are equal when their texts are.</summary>
internal static class TreeText
{
    public static string Of(DataTree tree)
    {
        var lines = new List<string>();
        Add(tree.Root, lines);
        lines.Sort(StringComparer.Ordinal);
        Assert.Equal(tree.Count, lines.Count);
        return string.Join('\n', lines);
    }

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    public static NodeRef Get(this DataTree tree, string path)
    {
        Assert.True(tree.TryFind(Utf8(path), out var node), $"{path} is missing");
        Assert.Equal(path, Encoding.UTF8.GetString(node.Path));
        return node;
    }

    public static bool Has(this DataTree tree, string path) => tree.TryFind(Utf8(path), out _);

    public static string[] ChildNames(this NodeRef node)
    {
        var names = new List<string>();
        foreach (var child in node.Children)
        {
            names.Add(Encoding.UTF8.GetString(child.Name));
        }

        names.Sort(StringComparer.Ordinal);
        return [.. names];
    }

    public static string[] Paths(this NodeList list)
    {
        var paths = new List<string>();
        foreach (var node in list)
        {
            paths.Add(Encoding.UTF8.GetString(node.Path));
        }

        Assert.Equal(list.Count, paths.Count);
        paths.Sort(StringComparer.Ordinal);
        return [.. paths];
    }

    private static void Add(NodeRef node, List<string> lines)
    {
        var data = node.DataIsNull ? "null" : Convert.ToHexString(node.Data);
        lines.Add($"{Encoding.UTF8.GetString(node.Path)} {node.Stat} internal {node.InternalCVersion} {node.Kind} {node.EphemeralOwner:x} {node.Ttl} {node.Acl} {data}");
        foreach (var child in node.Children)
        {
            Assert.True(child.Parent.Path.SequenceEqual(node.Path));
            Add(child, lines);
        }
    }
}
