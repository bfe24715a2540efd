namespace GrainKeeper.Samples.Transfer;

/// <summary>An account: a node in the tree that keeps it.</summary>
/// <param name="Tree">The tree.</param>
/// <param name="Name">The account's name there.</param>
internal sealed record Account(string Tree, string Name)
{
    /// <summary>The node.</summary>
    public string Path => "/" + Name;

    /// <summary>Reads <c>TREE/NAME</c>.</summary>
    public static Account Parse(string text) => text.Split('/') is [{ Length: > 0 } tree, { Length: > 0 } name] ? new Account(tree, name) : throw new FormatException($"'{text}' is not TREE/ACCOUNT");

    public override string ToString() => $"{Tree}/{Name}";
}
