using GrainKeeper.Client.Errors;
using GrainKeeper.Contracts;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Client;

/// <summary>
/// Lists, creates and deletes the named trees of an ensemble, which are nodes of the root tree. Each has its own leader, log and sessions.
/// Anybody may list them; to create and delete them is the administrator's: prove <c>digest</c> credentials that the servers know as super.
/// </summary>
public sealed class TreeDirectory
{
    private readonly GrainKeeperClient _root;

    /// <summary>Makes one.</summary>
    /// <param name="root">A client of the root tree without a chroot.</param>
    public TreeDirectory(GrainKeeperClient root) => _root = root;

    /// <summary>The names of all trees, sorted; the root tree is the first.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken = default)
    {
        await _root.SyncAsync(TreeName.ListPath, cancellationToken);
        var children = await _root.GetChildrenAsync(TreeName.ListPath, cancellationToken: cancellationToken);
        return [TreeName.Root, .. children.Names.Order(StringComparer.Ordinal)];
    }

    /// <summary>Creates a tree. The servers begin to serve it a moment later.</summary>
    /// <param name="name">Its name, see <see cref="TreeName"/>.</param>
    /// <param name="cancellationToken">Ends the wait; the tree may be created nevertheless.</param>
    /// <exception cref="NodeExistsException">There is such a tree.</exception>
    /// <exception cref="NoAuthException">The client is not the administrator.</exception>
    public async Task CreateAsync(string name, CancellationToken cancellationToken = default) =>
        await _root.CreateAsync(PathOf(name), acl: AclList.ReadOnly, cancellationToken: cancellationToken);

    /// <summary>Deletes a tree with all its nodes, on all servers.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Ends the wait; the tree may be deleted nevertheless.</param>
    /// <exception cref="NoNodeException">There is no such tree.</exception>
    /// <exception cref="NoAuthException">The client is not the administrator.</exception>
    public Task DeleteAsync(string name, CancellationToken cancellationToken = default) => _root.DeleteAsync(PathOf(name), cancellationToken: cancellationToken);

    private static string PathOf(string name) => TreeName.Require(name) == TreeName.Root
        ? throw new ArgumentException("the root tree is always there: choose another name", nameof(name))
        : $"{TreeName.ListPath}/{name}";
}
