using System.CommandLine;
using System.Globalization;
using System.Threading.Channels;

namespace GrainKeeper.Client.Commands;

/// <summary>The command that prints what happens to a node.</summary>
internal static class WatchCommand
{
    internal static Command Make(CommandContext context)
    {
        var path = new Argument<string>("path") { Description = "The node's path; it need not exist" };
        var recursive = new Option<bool>("--recursive", "-r") { Description = "Everything below the node, too" };
        var count = new Option<int?>("--count", "-n") { Description = "End after so many events" };
        var command = new Command("watch", "Print events of a node until Ctrl-C, one a line") { path, recursive, count };
        command.SetAction(async (parsed, token) =>
        {
            if (parsed.GetValue(count) is < 1)
            {
                throw new UsageException("--count must be 1 or more");
            }

            var news = Channel.CreateUnbounded<object>(new UnboundedChannelOptions { SingleReader = true });
            return await context.WithClientAsync(
                parsed,
                async client =>
                {
                    var mode = parsed.GetValue(recursive) ? WatchMode.PersistentRecursive : WatchMode.Persistent;
                    await context.LimitAsync(
                        parsed, limited => client.AddWatchAsync(parsed.GetValue(path)!, mode, happened => news.Writer.TryWrite(happened), limited), token);
                    return await PrintAsync(context, news.Reader, parsed.GetValue(count) ?? int.MaxValue, token);
                },
                token,
                options => options with { StateChanged = state => news.Writer.TryWrite(state) });
        });
        return command;
    }

    private static async Task<int> PrintAsync(CommandContext context, ChannelReader<object> news, int count, CancellationToken token)
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
                    context.Terminal.Line($"{DateTime.UtcNow.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture)} {happened.Type} {happened.Path}");
                    break;
                case ClientState.Connecting:
                    interrupted = true;
                    await context.Terminal.Error.WriteLineAsync("gk: the connection is lost; looking for another server");
                    break;
                case ClientState.Connected when interrupted:
                    interrupted = false;
                    await context.Terminal.Error.WriteLineAsync("gk: connected again; events in between may be missing");
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
}
