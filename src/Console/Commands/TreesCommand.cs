using System.CommandLine;
using GrainKeeper.Client;
using GrainKeeper.Client.Errors;
using GrainKeeper.Contracts;

namespace GrainKeeper.Console.Commands;

/// <summary>The command that lists, creates and deletes trees.</summary>
internal static class TreesCommand
{
    internal static Command Make(CommandContext context)
    {
        var trees = new Command("trees", "List, create and delete the ensemble's named trees");
        trees.Add(List(context));
        trees.Add(Create(context));
        trees.Add(Delete(context));
        return trees;
    }

    private static Command List(CommandContext context)
    {
        var output = OutputFormat.Make();
        var list = new Command("list", "List the trees") { output };
        list.SetAction((parsed, token) => OperateAsync(context, parsed, async (directory, limited) =>
        {
            var names = await directory.ListAsync(limited);
            if (OutputFormat.IsJson(parsed, output))
            {
                context.Terminal.Json(names);
                return;
            }

            foreach (var name in names)
            {
                context.Terminal.Line(name);
            }
        }, token));
        return list;
    }

    private static Command Create(CommandContext context)
    {
        var created = new Argument<string>("name") { Description = "The tree's name: lower-case letters, digits and -" };
        var output = OutputFormat.Make();
        var create = new Command("create", "Create a tree, with a leader of its own") { created, output };
        create.SetAction((parsed, token) => OperateAsync(context, parsed, async (directory, limited) =>
        {
            await directory.CreateAsync(parsed.GetValue(created)!, limited);
            if (OutputFormat.IsJson(parsed, output))
            {
                context.Terminal.Json(new { tree = parsed.GetValue(created), created = true });
            }
        }, token));
        return create;
    }

    private static Command Delete(CommandContext context)
    {
        var deleted = new Argument<string>("name") { Description = "The tree's name" };
        var yes = new Option<bool>("--yes", "-y") { Description = "Really delete all its nodes, on all servers" };
        var force = new Option<bool>("--force") { Description = "Also while transactions are not finished in it: what they have prepared there is lost" };
        var output = OutputFormat.Make();
        var delete = new Command("delete", "Delete a tree with all its nodes") { deleted, yes, force, output };
        delete.SetAction((parsed, token) => parsed.GetValue(yes)
            ? OperateAsync(context, parsed, async (directory, limited) =>
            {
                await directory.DeleteAsync(parsed.GetValue(deleted)!, parsed.GetValue(force), limited);
                if (OutputFormat.IsJson(parsed, output))
                {
                    context.Terminal.Json(new { tree = parsed.GetValue(deleted), deleted = true });
                }
            }, token)
            : throw new UsageException($"deleting tree '{parsed.GetValue(deleted)}' destroys all its nodes on all servers: add --yes if that is meant"));
        return delete;
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
