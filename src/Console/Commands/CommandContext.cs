using System.CommandLine;
using System.Text;
using GrainKeeper.Client;
using GrainKeeper.Console.Shell;
using GrainKeeper.Contracts;

namespace GrainKeeper.Console.Commands;

/// <summary>What all commands share: the options before the command, and the way to a client.</summary>
internal sealed class CommandContext
{
    internal const string ServerVariable = "GK_SERVER";

    private readonly Option<string?> _server;
    private readonly Option<string> _tree;
    private readonly Option<string> _cluster;
    private readonly Option<int> _timeout;
    private readonly Option<string?> _auth;

    internal CommandContext(Terminal terminal)
    {
        Terminal = terminal;
        _server = new("--server", "-S")
        {
            Description = $"Servers to try, in random order, and the node to see as /: host:port,host:port/chroot (gateway ports). Default: ${ServerVariable}, else localhost:{ConnectString.DefaultPort}",
            Recursive = true,
        };
        _tree = new("--tree", "-T") { Description = "The tree", DefaultValueFactory = _ => TreeName.Root, Recursive = true };
        _cluster = new("--cluster") { Description = "The ensemble's name (clusterId)", DefaultValueFactory = _ => "grainkeeper", Recursive = true };
        _timeout = new("--timeout") { Description = "Seconds to wait for a server and for an answer", DefaultValueFactory = _ => 15, Recursive = true };
        _auth = new("--auth")
        {
            Description = "Credentials: scheme:text, for digest digest:user:password. Better in the variable GK_AUTH, which no process list shows",
            Recursive = true,
        };
    }

    /// <summary>Makes the one of a shell's commands: what their own lines do not say, the line says by which the shell was started.</summary>
    internal CommandContext(CommandContext outer, ShellSession shell)
    {
        (Terminal, Shell) = (outer.Terminal, shell);
        (_server, _tree, _cluster, _timeout, _auth) = (outer._server, outer._tree, outer._cluster, outer._timeout, outer._auth);
    }

    internal Terminal Terminal { get; }

    /// <summary>The shell; null outside of one.</summary>
    internal ShellSession? Shell { get; }

    internal IEnumerable<Option> Options => [_server, _tree, _cluster, _timeout, _auth];

    /// <summary>The tree that a command is about.</summary>
    internal string Tree(ParseResult parsed) => Value(parsed, _tree)!;

    internal TimeSpan Patience(ParseResult parsed) => Value(parsed, _timeout) is var seconds and >= 1 and <= 3_600
        ? TimeSpan.FromSeconds(seconds)
        : throw new UsageException($"--timeout {Value(parsed, _timeout)}: give 1 to 3600 seconds");

    /// <summary>The patience that a line asks for; null when it does not.</summary>
    internal TimeSpan? ExplicitPatience(ParseResult parsed) => IsGiven(parsed, _timeout) ? Patience(parsed) : null;

    /// <summary>An argument for a node's path, which a shell completes.</summary>
    /// <param name="description">What the node is for.</param>
    /// <param name="isOptional">Whether it may be left out: then the node on which the shell stands, else /.</param>
    internal Argument<string> PathArgument(string description = "The node's path", bool isOptional = false)
    {
        var argument = new Argument<string>("path") { Description = description };
        if (isOptional)
        {
            argument.DefaultValueFactory = _ => Shell?.Folder ?? "/";
        }

        argument.CompletionSources.Add(completion => PathCompletion.Complete(this, completion));
        return argument;
    }

    /// <summary>The absolute path of an argument: in a shell relative ones begin at the node on which it stands.</summary>
    internal string PathOf(ParseResult parsed, Argument<string> path) => Resolve(parsed.GetValue(path)!);

    internal string Resolve(string path) => Shell?.Resolve(path) ?? path;

    /// <summary>The options of a client.</summary>
    /// <exception cref="UsageException">They are not valid.</exception>
    internal GrainKeeperClientOptions ClientOptions(ParseResult parsed)
    {
        var servers = Value(parsed, _server) ?? Environment.GetEnvironmentVariable(ServerVariable) ?? $"localhost:{ConnectString.DefaultPort}";
        try
        {
            var patience = Patience(parsed);
            var options = new GrainKeeperClientOptions
            {
                Servers = ConnectString.Parse(servers),
                Tree = Tree(parsed),
                ClusterId = Value(parsed, _cluster)!,
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

    /// <summary>The credentials to prove; null for none.</summary>
    /// <exception cref="UsageException">They name no scheme.</exception>
    internal (string Scheme, string Text)? Credentials(ParseResult parsed)
    {
        if ((Value(parsed, _auth) ?? Environment.GetEnvironmentVariable("GK_AUTH")) is not { } auth)
        {
            return null;
        }

        var colon = auth.IndexOf(':', StringComparison.Ordinal);
        return colon >= 1 ? (auth[..colon], auth[(colon + 1)..]) : throw new UsageException("the credentials name no scheme: write scheme:text, for example digest:user:password");
    }

    /// <summary>Runs an action with a session, and ends the session, unless it is the one that the shell keeps.</summary>
    internal async Task<int> WithClientAsync(
        ParseResult parsed, Func<GrainKeeperClient, Task<int>> action, CancellationToken token, Func<GrainKeeperClientOptions, GrainKeeperClientOptions>? adapt = null)
    {
        if (Shell is not null && adapt is null && !NamesAnotherSession(parsed))
        {
            return await action(Shell.Client);
        }

        var options = ClientOptions(parsed);
        await using var client = await ConnectAsync(parsed, adapt is null ? options : adapt(options), token);
        return await action(client);
    }

    /// <summary>A session with the identities of the command line.</summary>
    internal async Task<GrainKeeperClient> ConnectAsync(ParseResult parsed, GrainKeeperClientOptions options, CancellationToken token)
    {
        var client = await GrainKeeperClient.ConnectAsync(options, token);
        try
        {
            if (Credentials(parsed) is var (scheme, text))
            {
                await client.AddAuthAsync(scheme, Encoding.UTF8.GetBytes(text), token);
            }

            return client;
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    /// <summary>As above, for one operation, which may not take longer than allowed.</summary>
    internal Task<int> OperateAsync(
        ParseResult parsed,
        Func<GrainKeeperClient, CancellationToken, Task> operation,
        CancellationToken token,
        Func<GrainKeeperClientOptions, GrainKeeperClientOptions>? adapt = null) =>
        WithClientAsync(
            parsed,
            async client =>
            {
                await LimitAsync(parsed, limited => operation(client, limited), token);
                return ExitCode.Ok;
            },
            token,
            adapt);

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

    private bool NamesAnotherSession(ParseResult parsed) => new Option[] { _server, _tree, _cluster, _auth }.Any(o => IsGiven(parsed, o));

    private static bool IsGiven(ParseResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };

    private T? Value<T>(ParseResult parsed, Option<T> option) =>
        Shell is null || IsGiven(parsed, option) ? parsed.GetValue(option) : Shell.Outer.GetValue(option);
}
