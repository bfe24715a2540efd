using System.CommandLine;
using GrainKeeper.Client.Errors;
using GrainKeeper.Contracts;

namespace GrainKeeper.Client.Commands;

/// <summary>The command that lists, creates and deletes trees.</summary>
internal static class TreesCommand
{
    internal static Command Make(CommandContext context)
    {
        var trees = new Command("trees", "List, create and delete the ensemble's named trees");
        var list = new Command("list", "List the trees");
        list.SetAction((parsed, token) => OperateAsync(context, parsed, async (directory, limited) =>
        {
            foreach (var name in await directory.ListAsync(limited))
            {
                context.Terminal.Line(name);
            }
        }, token));
        var created = new Argument<string>("name") { Description = "The tree's name: lower-case letters, digits and -" };
        var create = new Command("create", "Create a tree, with a leader of its own") { created };
        create.SetAction((parsed, token) => OperateAsync(context, parsed, (directory, limited) => directory.CreateAsync(parsed.GetValue(created)!, limited), token));
        var deleted = new Argument<string>("name") { Description = "The tree's name" };
        var yes = new Option<bool>("--yes", "-y") { Description = "Really delete all its nodes, on all servers" };
        var delete = new Command("delete", "Delete a tree with all its nodes") { deleted, yes };
        delete.SetAction((parsed, token) => parsed.GetValue(yes)
            ? OperateAsync(context, parsed, (directory, limited) => directory.DeleteAsync(parsed.GetValue(deleted)!, limited), token)
            : throw new UsageException($"deleting tree '{parsed.GetValue(deleted)}' destroys all its nodes on all servers: add --yes if that is meant"));
        trees.Add(list);
        trees.Add(create);
        trees.Add(delete);
        return trees;
    }

    private static Task<int> OperateAsync(CommandContext context, ParseResult parsed, Func<TreeDirectory, CancellationToken, Task> operation, CancellationToken token) =>
        context.WithClientAsync(
            parsed,
            async client =>
            {
                try
                {
                    await context.LimitAsync(parsed, limited => operation(new TreeDirectory(client), limited), token);
                }
                catch (NoAuthException)
                {
                    await context.Terminal.Error.WriteLineAsync(
                        "gk: only the administrator may create and delete trees: put digest:USER:PASSWORD into the variable GK_AUTH, where the servers' DigestAuthenticationProvider.superDigest is its digest");
                    return ExitCode.Failed;
                }

                return ExitCode.Ok;
            },
            token,
            // Trees are listed by nodes of the root tree, whatever part of which tree the user looks at otherwise.
            options => options with { Tree = TreeName.Root, Servers = options.Servers with { Chroot = string.Empty } });
}
