using System.CommandLine;
using GrainKeeper.Client;
using GrainKeeper.Client.Bulk;
using GrainKeeper.Console.Commands;

namespace GrainKeeper.Console.Transfer;

/// <summary>The command that creates the nodes of an export.</summary>
internal static class ImportCommand
{
    internal static Command Make(CommandContext context)
    {
        var file = new Argument<string>("file") { Description = "The export; - for standard input" };
        var to = new Option<string?>("--to", "-t") { Description = "The node to become the exported one; default: the same path. Its parent must be there" };
        var existing = new Option<string>("--existing", "-e")
        {
            Description = "What to do with a node that is there: check (go on if its data are the same, else stop), keep (as it is) or replace (by the file's)",
            DefaultValueFactory = _ => "check",
        };
        existing.AcceptOnlyFromAmong("check", "keep", "replace");
        var persistent = new Option<bool>("--persistent", "-p") { Description = "Create containers and nodes with a time to live as persistent ones" };
        var output = OutputFormat.Make();
        var command = new Command("import", "Create the nodes of an export. Interrupted, it goes on when it is run again") { file, to, existing, persistent, output };
        command.SetAction(async (parsed, token) =>
        {
            var name = parsed.GetValue(file)!;
            await using var stream = name == "-" ? context.Terminal.In() : new FileStream(name, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1, useAsync: true);
            var length = stream.CanSeek ? stream.Length : 0;
            return await context.WithClientAsync(
                parsed,
                client => RunAsync(
                    context,
                    client,
                    new Job(
                        name,
                        stream,
                        length,
                        parsed.GetValue(to) is { } node ? context.Resolve(node) : null,
                        RuleOf(parsed.GetValue(existing)!),
                        parsed.GetValue(persistent),
                        OutputFormat.IsJson(parsed, output)),
                    token),
                token);
        });
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, GrainKeeperClient client, Job job, CancellationToken token)
    {
        await using var lines = new LineReader(job.Stream, ExportReader.LongestLine);
        var reader = new ExportReader(lines);
        Importer? importer = null;
        try
        {
            var header = await reader.BeginAsync(token);
            importer = new Importer(client, reader, job.To ?? header.From, job.Existing, job.IsPersistent);
            await TransferProgress.ShowAsync(context.Terminal, $"import into {job.To ?? header.From}", async progress =>
            {
                await importer.RunAsync(() => progress.Tell(lines.Bytes, job.Length), token);
                return 0;
            });
        }
        catch (FormatException e)
        {
            await context.Terminal.Error.WriteLineAsync($"gk: {job.File}: {e.Message}");
            await TellAsync(context, importer, job);
            return ExitCode.Failed;
        }
        catch
        {
            await TellAsync(context, importer, job);
            throw;
        }

        if (job.IsJson)
        {
            context.Terminal.Json(new { file = job.File, created = importer.Created, same = importer.Same, kept = importer.Kept, replaced = importer.Replaced });
        }
        else
        {
            context.Terminal.Line(Describe(importer));
        }

        return ExitCode.Ok;
    }

    private static ExistingNodes RuleOf(string word) => word switch
    {
        "keep" => ExistingNodes.Keep,
        "replace" => ExistingNodes.Replace,
        _ => ExistingNodes.SkipSame,
    };

    private static async Task TellAsync(CommandContext context, Importer? importer, Job job)
    {
        if (importer is not null)
        {
            await context.Terminal.Error.WriteLineAsync($"gk: {job.File}: {Describe(importer)} so far; run it again to go on");
        }
    }

    private static string Describe(Importer importer) => string.Join(", ", new[]
    {
        $"{importer.Created} nodes created",
        importer.Same > 0 ? $"{importer.Same} were there already" : null,
        importer.Kept > 0 ? $"{importer.Kept} kept" : null,
        importer.Replaced > 0 ? $"{importer.Replaced} replaced" : null,
    }.Where(t => t is not null));

    private sealed record Job(string File, Stream Stream, long Length, string? To, ExistingNodes Existing, bool IsPersistent, bool IsJson);
}
