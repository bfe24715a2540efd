using System.Runtime.CompilerServices;
using GrainKeeper.Client.Bulk;
using GrainKeeper.Client.Errors;
using GrainKeeper.Client.Sessions;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.Client;

/// <content>Many nodes at a time: listings page by page, and bulk load.</content>
public sealed partial class GrainKeeperClient
{
    /// <summary>Reads the names of some of a node's children, in order.</summary>
    /// <param name="path">The node's path.</param>
    /// <param name="after">The name after which to begin, whether there is such a child or not; null for the first.</param>
    /// <param name="limit">How many names at most, from 1; a server gives 10,000 or 512 KiB at most.</param>
    /// <param name="prefix">Only names that begin so; null for all.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="NoNodeException">There is no such node.</exception>
    /// <remarks>Each page shows one moment, the pages together do not: what is there all the while is listed once, what comes or goes meanwhile may be listed or not.</remarks>
    public Task<ChildrenPage> GetChildrenPageAsync(string path, string? after = null, int limit = 1_000, string? prefix = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return ReadAsync(OpCode.GetChildrenPage, RequestBodies.Page(_session.Chroot.ToServer(path), prefix, after, limit), path, ReplyBodies.ChildrenPage, cancellationToken);
    }

    /// <summary>Reads the names of a node's children one after another, in order, page by page; see <see cref="GetChildrenPageAsync"/>.</summary>
    /// <param name="path">The node's path.</param>
    /// <param name="prefix">Only names that begin so; null for all.</param>
    /// <param name="pageSize">How many names to ask for at a time, from 1.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="NoNodeException">There is no such node, or it has gone meanwhile.</exception>
    public async IAsyncEnumerable<string> GetChildNamesAsync(
        string path, string? prefix = null, int pageSize = 1_000, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var page = await GetChildrenPageAsync(path, null, pageSize, prefix, cancellationToken);
        while (true)
        {
            foreach (var name in page.Names)
            {
                yield return name;
            }

            if (!page.HasMore)
            {
                yield break;
            }

            page = await GetChildrenPageAsync(path, page.Names[^1], pageSize, prefix, cancellationToken);
        }
    }

    /// <summary>Reads some of the paths below a node, in order. What is below a node that the session may not read is left out.</summary>
    /// <param name="path">The node's path. It is not listed itself.</param>
    /// <param name="after">The path after which to begin, whether there is such a node or not; null for the first.</param>
    /// <param name="limit">How many paths at most, from 1; a server gives 10,000 or 512 KiB at most.</param>
    /// <param name="prefix">Only paths that begin with the node's, a slash and this, slashes in it included; null for all.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="NoNodeException">There is no such node.</exception>
    /// <exception cref="BadArgumentsException"><paramref name="after"/> lies elsewhere.</exception>
    /// <remarks>Each page shows one moment, the pages together do not: what is there all the while is listed once, what comes or goes meanwhile may be listed or not.</remarks>
    public Task<SubtreePage> GetSubtreePageAsync(string path, string? after = null, int limit = 1_000, string? prefix = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var chroot = _session.Chroot;
        var body = RequestBodies.Page(chroot.ToServer(path), prefix, after is null ? [] : chroot.ToServer(after), limit);
        return ReadAsync(OpCode.GetSubtreePage, body, path, (ref JuteReader r) => ReplyBodies.SubtreePage(ref r, chroot), cancellationToken);
    }

    /// <summary>Reads the paths below a node one after another, in order, page by page; see <see cref="GetSubtreePageAsync"/>.</summary>
    /// <param name="path">The node's path. It is not listed itself.</param>
    /// <param name="prefix">Only paths that begin with the node's, a slash and this; null for all.</param>
    /// <param name="pageSize">How many paths to ask for at a time, from 1.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="NoNodeException">There is no such node, or it has gone meanwhile.</exception>
    public async IAsyncEnumerable<string> GetSubtreeAsync(
        string path, string? prefix = null, int pageSize = 1_000, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var page = await GetSubtreePageAsync(path, null, pageSize, prefix, cancellationToken);
        while (true)
        {
            foreach (var found in page.Paths)
            {
                yield return found;
            }

            if (!page.HasMore)
            {
                yield break;
            }

            page = await GetSubtreePageAsync(path, page.Paths[^1], pageSize, prefix, cancellationToken);
        }
    }

    /// <summary>Creates many persistent nodes, by transactions of many each: far faster than one by one. Not one transaction as a whole.</summary>
    /// <param name="nodes">The nodes, parents before their children.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="progress">Told after each transaction.</param>
    /// <param name="cancellationToken">Ends it; what is under way may be created nevertheless.</param>
    /// <returns>How many were created and skipped.</returns>
    /// <exception cref="BulkLoadException">It could not go on; it says how far it has come. Given the same nodes again with <see cref="ExistingNodes.SkipSame"/> it goes on from there.</exception>
    public Task<BulkLoadProgress> BulkLoadAsync(
        IAsyncEnumerable<BulkNode> nodes, BulkLoadOptions? options = null, IProgress<BulkLoadProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        options ??= new BulkLoadOptions();
        options.Validate();
        return new BulkLoader(this, options, progress).LoadAsync(nodes, cancellationToken);
    }
}
