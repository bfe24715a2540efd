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
    /// <param name="force">
    /// Whether to delete it also while transactions are not finished in it (docs/operations.md says when). What they have prepared in the tree is lost, and the records of participants that it keeps.
    /// </param>
    /// <param name="cancellationToken">Ends the wait; the tree may be deleted nevertheless.</param>
    /// <exception cref="NoNodeException">There is no such tree.</exception>
    /// <exception cref="NotEmptyException">Transactions are not finished in it: a participant is in doubt, or a decision has not reached all. Or its node has children.</exception>
    /// <exception cref="NoAuthException">The client is not the administrator.</exception>
    public async Task DeleteAsync(string name, bool force = false, CancellationToken cancellationToken = default)
    {
        var path = PathOf(name);
        try
        {
            if (force)
            {
                // A tree whose node has data is deleted in any case.
                var done = await _root.MultiAsync([new TreeOperation.SetData(path, "forced"u8.ToArray()), new TreeOperation.Delete(path)], cancellationToken);
                if (!done.Succeeded)
                {
                    throw GrainKeeperException.Of(done.Results[done.FailedAt].Error, "delete", path);
                }
            }
            else
            {
                await _root.DeleteAsync(path, cancellationToken: cancellationToken);
            }
        }
        catch (NotEmptyException)
        {
            throw new NotEmptyException(
                $"tree '{name}' is not deleted: transactions are not finished in it (look at the list of transactions, and let them end or decide for those in doubt), or its node {path} has children", path);
        }
    }

    private static string PathOf(string name) => TreeName.Require(name) == TreeName.Root
        ? throw new ArgumentException("the root tree is always there: choose another name", nameof(name))
        : $"{TreeName.ListPath}/{name}";
}
