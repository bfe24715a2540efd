using System.CommandLine.Completions;
using GrainKeeper.Client;
using GrainKeeper.Client.Errors;

namespace GrainKeeper.Console.Commands;

/// <summary>Completes nodes' paths by asking the ensemble. Keeps silent about faults: a prompt is no place for them.</summary>
internal static class PathCompletion
{
    /// <summary>Most names that are offered.</summary>
    internal const int Most = 200;

    /// <summary>What shells take for more than a letter of a word.</summary>
    private const string Special = "'\"\\`$;&|<>(){}[]*?!";

    /// <summary>A key was pressed, and its effect is waited for; longer only where the line says so.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    internal static IEnumerable<string> Complete(CommandContext context, CompletionContext completion)
    {
        try
        {
            // The completion's interface is synchronous; a console has no context to block.
            return Task.Run(() => CompleteAsync(context, completion)).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is GrainKeeperException or UsageException or ArgumentException or TimeoutException or OperationCanceledException or IOException)
        {
            return [];
        }
    }

    /// <summary>What a word begins with: the folder as typed, and the beginning of a name in it.</summary>
    internal static (string Folder, string Name) Split(string word)
    {
        var slash = word.LastIndexOf('/');
        return (word[..(slash + 1)], word[(slash + 1)..]);
    }

    private static async Task<IEnumerable<string>> CompleteAsync(CommandContext context, CompletionContext completion)
    {
        var (folder, begin) = Split(completion.WordToComplete);
        if (context.Shell is null && folder.Length == 0)
        {
            return ["/"];
        }

        using var limit = new CancellationTokenSource(context.ExplicitPatience(completion.ParseResult) ?? Patience);
        IEnumerable<string> names = [];
        await context.WithClientAsync(
            completion.ParseResult,
            async client =>
            {
                names = await NamesAsync(client, context.Resolve(folder.Length == 0 ? "." : folder), begin, limit.Token);
                return ExitCode.Ok;
            },
            limit.Token);
        return names.Select(name => folder + name);
    }

    private static async Task<IEnumerable<string>> NamesAsync(GrainKeeperClient client, string folder, string begin, CancellationToken token)
    {
        var path = folder.Length > 1 ? folder.TrimEnd('/') : folder;
        var names = (await client.GetChildrenPageAsync(path, limit: Most, prefix: begin.Length == 0 ? null : begin, cancellationToken: token)).Names.Where(n => !n.Any(IsUnfit)).ToList();
        var stats = await Task.WhenAll(names.Select(n => client.ExistsAsync(path == "/" ? "/" + n : $"{path}/{n}", cancellationToken: token)));
        return names.Zip(stats, (name, stat) => stat is { NumChildren: > 0 } ? name + "/" : name);
    }

    // Such a name would have to be quoted, by rules that differ from shell to shell; unquoted it may run what it names.
    private static bool IsUnfit(char c) => char.IsWhiteSpace(c) || char.IsControl(c) || Special.Contains(c, StringComparison.Ordinal);
}
