using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Threading.Channels;
using GrainKeeper.Client;
using GrainKeeper.Console.Shell;

namespace GrainKeeper.Console.Commands;

/// <summary>The command that prints what happens to a node.</summary>
internal static class WatchCommand
{
    internal static Command Make(CommandContext context)
    {
        var path = context.PathArgument("The node's path; it need not exist");
        var recursive = new Option<bool>("--recursive", "-r") { Description = "Everything below the node, too" };
        var count = new Option<int?>("--count", "-n") { Description = "End after so many events" };
        var output = OutputFormat.Make();
        var command = new Command(
            "watch", context.Shell is null ? "Print events of a node until Ctrl-C, one a line" : "Show events of a node before each prompt until 'unwatch'; with -n wait for them") { path, recursive, count, output };
        command.SetAction(async (parsed, token) =>
        {
            if (parsed.GetValue(count) is < 1)
            {
                throw new UsageException("--count must be 1 or more");
            }

            var mode = parsed.GetValue(recursive) ? WatchMode.PersistentRecursive : WatchMode.Persistent;
            if (context.Shell is { } shell && parsed.GetValue(count) is null)
            {
                return await context.OperateAsync(parsed, (client, limited) => KeepAsync(shell.News, client, context.PathOf(parsed, path), mode, limited), token);
            }

            return await PrintAsync(context, parsed, context.PathOf(parsed, path), mode, parsed.GetValue(count) ?? int.MaxValue, OutputFormat.IsJson(parsed, output), token);
        });
        return command;
    }

    private static async Task KeepAsync(WatchNews news, GrainKeeperClient client, string path, WatchMode mode, CancellationToken token)
    {
        var watch = await client.AddWatchAsync(path, mode, happened => news.Tell(WatchNews.Describe(happened)), cancellationToken: token);
        if (news.Keep(path, watch) is { } before)
        {
            await before.DisposeAsync();
        }
    }

    private static Task<int> PrintAsync(CommandContext context, ParseResult parsed, string path, WatchMode mode, int count, bool json, CancellationToken token)
    {
        var news = Channel.CreateUnbounded<object>(new UnboundedChannelOptions { SingleReader = true });
        return context.WithClientAsync(
            parsed,
            async client =>
            {
                IAsyncDisposable? watch = null;
                await context.LimitAsync(parsed, async limited => watch = await client.AddWatchAsync(path, mode, happened => news.Writer.TryWrite(happened), cancellationToken: limited), token);
                await using (watch)
                {
                    return await PrintAsync(context, news.Reader, count, json, token);
                }
            },
            token,
            options => options with { StateChanged = state => news.Writer.TryWrite(state) });
    }

    private static async Task<int> PrintAsync(CommandContext context, ChannelReader<object> news, int count, bool json, CancellationToken token)
    {
        var interrupted = false;
        for (var printed = 0; printed < count;)
        {
            object item;
            try
            {
                item = await news.ReadAsync(token);
            }
            catch (OperationCanceledException)
            {
                return ExitCode.Ok;
            }

            switch (item)
            {
                case WatchEvent happened:
                    printed++;
                    context.Terminal.Line(json ? Json(happened) : WatchNews.Describe(happened));
                    break;
                case ClientState.Connecting:
                    interrupted = true;
                    await context.Terminal.Error.WriteLineAsync("gk: the connection is lost; looking for another server");
                    break;
                case ClientState.Connected when interrupted:
                    interrupted = false;
                    await context.Terminal.Error.WriteLineAsync("gk: connected again; what happened in between follows");
                    break;
                case ClientState.Expired or ClientState.AuthFailed or ClientState.Closed:
                    await context.Terminal.Error.WriteLineAsync("gk: the session has ended: run the command again");
                    return ExitCode.Failed;
                default:
                    break;
            }
        }

        return ExitCode.Ok;
    }

    private static string Json(WatchEvent happened) => JsonSerializer.Serialize(
        new { time = DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture), type = happened.Type.ToString(), path = happened.Path }, OutputFormat.JsonLines);
}
