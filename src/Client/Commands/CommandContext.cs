using System.CommandLine;
using GrainKeeper.Contracts;

namespace GrainKeeper.Client.Commands;

/// <summary>What all commands share: the options before the command, and the way to a client.</summary>
internal sealed class CommandContext
{
    internal const string ServerVariable = "GK_SERVER";

    private readonly Option<string?> _server = new("--server", "-S")
    {
        Description = $"Servers to try, in random order, and the node to see as /: host:port,host:port/chroot (gateway ports). Default: ${ServerVariable}, else localhost:{ConnectString.DefaultPort}",
        Recursive = true,
    };

    private readonly Option<string> _tree = new("--tree", "-T") { Description = "The tree", DefaultValueFactory = _ => TreeName.Root, Recursive = true };

    private readonly Option<string> _cluster = new("--cluster") { Description = "The ensemble's name (clusterId)", DefaultValueFactory = _ => "grainkeeper", Recursive = true };

    private readonly Option<int> _timeout = new("--timeout") { Description = "Seconds to wait for a server and for an answer", DefaultValueFactory = _ => 15, Recursive = true };

    private readonly Option<string?> _auth = new("--auth")
    {
        Description = "Credentials: scheme:text, for digest digest:user:password. Better in the variable GK_AUTH, which no process list shows",
        Recursive = true,
    };

    internal CommandContext(Terminal terminal) => Terminal = terminal;

    internal Terminal Terminal { get; }

    internal IEnumerable<Option> Options => [_server, _tree, _cluster, _timeout, _auth];

    internal TimeSpan Patience(ParseResult parsed) => parsed.GetValue(_timeout) is var seconds and >= 1 and <= 3_600
        ? TimeSpan.FromSeconds(seconds)
        : throw new UsageException($"--timeout {parsed.GetValue(_timeout)}: give 1 to 3600 seconds");

    /// <summary>The options of a client.</summary>
    /// <exception cref="UsageException">They are not valid.</exception>
    internal GrainKeeperClientOptions ClientOptions(ParseResult parsed)
    {
        var servers = parsed.GetValue(_server) ?? Environment.GetEnvironmentVariable(ServerVariable) ?? $"localhost:{ConnectString.DefaultPort}";
        try
        {
            var patience = Patience(parsed);
            var options = new GrainKeeperClientOptions
            {
                Servers = ConnectString.Parse(servers),
                Tree = parsed.GetValue(_tree)!,
                ClusterId = parsed.GetValue(_cluster)!,
                AttemptTimeout = patience < TimeSpan.FromSeconds(5) ? patience : TimeSpan.FromSeconds(5),
                ConnectTimeout = patience,
                QueueTimeout = patience,
                Description = "gk",
            };
            options.Validate();
            return options;
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            throw new UsageException(e.Message);
        }
    }

    /// <summary>Runs an action with a session, and ends the session.</summary>
    internal async Task<int> WithClientAsync(
        ParseResult parsed, Func<GrainKeeperClient, Task<int>> action, CancellationToken token, Func<GrainKeeperClientOptions, GrainKeeperClientOptions>? adapt = null)
    {
        var options = ClientOptions(parsed);
        await using var client = await GrainKeeperClient.ConnectAsync(adapt is null ? options : adapt(options), token);
        if ((parsed.GetValue(_auth) ?? Environment.GetEnvironmentVariable("GK_AUTH")) is { } auth)
        {
            var colon = auth.IndexOf(':', StringComparison.Ordinal);
            if (colon < 1)
            {
                throw new UsageException("the credentials name no scheme: write scheme:text, for example digest:user:password");
            }

            await client.AddAuthAsync(auth[..colon], System.Text.Encoding.UTF8.GetBytes(auth[(colon + 1)..]), token);
        }

        return await action(client);
    }

    /// <summary>As above, for one operation, which may not take longer than allowed.</summary>
    internal Task<int> OperateAsync(ParseResult parsed, Func<GrainKeeperClient, CancellationToken, Task> operation, CancellationToken token) =>
        WithClientAsync(
            parsed,
            async client =>
            {
                await LimitAsync(parsed, limited => operation(client, limited), token);
                return ExitCode.Ok;
            },
            token);

    /// <summary>Runs something that may not take longer than allowed.</summary>
    /// <exception cref="TimeoutException">It took longer.</exception>
    internal async Task LimitAsync(ParseResult parsed, Func<CancellationToken, Task> action, CancellationToken token)
    {
        var patience = Patience(parsed);
        using var limit = new CancellationTokenSource(patience);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(token, limit.Token);
        try
        {
            await action(either.Token);
        }
        catch (OperationCanceledException) when (!token.IsCancellationRequested)
        {
            throw new TimeoutException($"no answer within {patience.TotalSeconds:0} s, so it may or may not have been carried out: look at 'gk status', or give --timeout more seconds");
        }
    }
}
