using System.CommandLine;
using GrainKeeper.Client;
using GrainKeeper.Console.Commands;

namespace GrainKeeper.Console.Transfer;

/// <summary>The command that writes a node and all below into a file.</summary>
internal static class ExportCommand
{
    /// <summary>The servers' own nodes.</summary>
    internal const string Reserved = "/zookeeper";

    internal static Command Make(CommandContext context)
    {
        var path = context.PathArgument("The node; it and all below are exported");
        var file = new Argument<string>("file") { Description = "The file to write; - for standard output" };
        var force = new Option<bool>("--force", "-f") { Description = "Replace the file if it is there" };
        var output = OutputFormat.Make();
        var command = new Command("export", "Write a node and all below, but ephemeral nodes, as JSON lines, for 'gk import'. Ends with 1 if a node could not be read") { path, file, force, output };
        command.SetAction(async (parsed, token) =>
        {
            var name = parsed.GetValue(file)!;
            if (name != "-" && File.Exists(name) && !parsed.GetValue(force))
            {
                throw new UsageException($"{name} is there already: name another file, or add --force to replace it");
            }

            return await context.WithClientAsync(
                parsed, client => RunAsync(context, client, parsed, context.PathOf(parsed, path), name, OutputFormat.IsJson(parsed, output), token), token);
        });
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, GrainKeeperClient client, ParseResult parsed, string from, string file, bool json, CancellationToken token)
    {
        var without = context.ClientOptions(parsed).Servers.Chroot.Length == 0 && from == "/" ? Reserved : null;
        var (end, unreadable) = await TransferProgress.ShowAsync(context.Terminal, $"export of {from}", async progress =>
        {
            if (file == "-")
            {
                return await WriteAsync(context.Terminal.Out, progress);
            }

            // What has the file's name is whole.
            var unfinished = file + ".part";
            try
            {
                (ExportEnd, string?) written;
                await using (var stream = new FileStream(unfinished, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 256 * 1024, useAsync: true))
                {
                    written = await WriteAsync(stream, progress);
                }

                File.Move(unfinished, file, overwrite: true);
                return written;
            }
            catch
            {
                File.Delete(unfinished);
                throw;
            }
        });
        if (file != "-")
        {
            Report(context.Terminal, file, end, json);
        }

        if (unreadable is null)
        {
            return ExitCode.Ok;
        }

        await context.Terminal.Error.WriteLineAsync($"gk: {end.Unreadable} nodes may not be read, {unreadable} is one; they and what is below are left out: give credentials in the variable GK_AUTH");
        return ExitCode.Failed;

        async Task<(ExportEnd End, string? Unreadable)> WriteAsync(Stream stream, TransferProgress progress)
        {
            // The exporter flushes it; the stream below is not its to close.
            var exporter = new Exporter(client, from, without, new BufferedStream(stream, 256 * 1024));
            var written = await exporter.RunAsync(context.Tree(parsed), progress, token);
            return (written, exporter.FirstUnreadable);
        }
    }

    private static void Report(Terminal terminal, string file, ExportEnd end, bool json)
    {
        if (json)
        {
            terminal.Json(new { file, nodes = end.Nodes, ephemerals = end.Ephemerals, unreadable = end.Unreadable });
        }
        else
        {
            terminal.Line($"{end.Nodes} nodes in {file}{(end.Ephemerals > 0 ? $"; {end.Ephemerals} ephemeral nodes left out" : string.Empty)}");
        }
    }
}
