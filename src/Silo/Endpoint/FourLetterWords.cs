using System.Globalization;
using GrainKeeper.Core.Replica;
using GrainKeeper.Grains.Connections;
using GrainKeeper.Grains.Ensembles;
using GrainKeeper.Silo.Configuration;

namespace GrainKeeper.Silo.Endpoint;

/// <summary>ZooKeeper's four-letter words, with its field names, so that monitoring scripts and load balancers go on working.</summary>
internal sealed class FourLetterWords(
    ClientEndpointOptions options, ServerConfiguration configuration, EnsembleDirectory ensemble, EndpointStatistics statistics, IReplicaConnections replica)
{
    private const int Patience = 2_000;
    private const int MostListed = 100_000;
    private const string NotServing = "This ZooKeeper instance is not currently serving requests\n";
    private static readonly HashSet<string> Words =
    [
        "conf", "cons", "crst", "dirs", "dump", "envi", "gtmk", "stmk", "ruok", "srvr", "srst", "stat", "wchc", "wchp", "wchs", "mntr", "isro", "hash",
    ];

    // ZooKeeper's default; kept and given back, as tools that set it expect, though no trace here depends on it.
    private long _traceMask = 306;

    /// <summary>Whether the word is one of ZooKeeper's.</summary>
    public static bool IsKnown(string word) => Words.Contains(word);

    /// <summary>The answer to a word, ready to send.</summary>
    /// <param name="word">A known word.</param>
    /// <param name="argument">The number that followed <c>stmk</c>.</param>
    /// <param name="cancellationToken">Ends the wait for the replica.</param>
    public async Task<string> AnswerAsync(string word, long? argument, CancellationToken cancellationToken)
    {
        if (!options.Allows(word))
        {
            return $"{word} is not executed because it is not in the whitelist.\n";
        }

        return word switch
        {
            "ruok" => "imok",
            "envi" => EnvironmentText.Make(),
            "gtmk" => Interlocked.Read(ref _traceMask).ToString(CultureInfo.InvariantCulture),
            "stmk" => SetTraceMask(argument),
            _ => Answer(word, await LookAsync(word, cancellationToken).ConfigureAwait(false)),
        };
    }

    private async Task<ReplicaView?> LookAsync(string word, CancellationToken cancellationToken)
    {
        var parts = word switch
        {
            "dump" => ReplicaReportParts.Sessions | ReplicaReportParts.Ephemerals,
            "wchc" or "wchp" => ReplicaReportParts.Watches,
            _ => ReplicaReportParts.None,
        };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            return await replica.InspectAsync("root", parts, MostListed, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private string Answer(string word, ReplicaView? view)
    {
        var server = Live();
        var readOnly = view is { Status.Serving: false } && server.Replica.ReadOnlyMode;
        var serving = view is { Status.Serving: true } || readOnly;
        if (word == "isro")
        {
            return readOnly ? "ro" : serving ? "rw" : "null";
        }

        if (!serving || view is null)
        {
            return NotServing;
        }

        switch (word)
        {
            case "conf":
                return ServerText.Configuration(server);
            case "dirs":
                return ServerText.Directories(server);
            case "hash":
                // No history of digests is kept: the list of them is empty.
                return "\n";
            case "srst":
                statistics.Reset();
                return "Server stats reset.\n";
            case "crst":
                foreach (var connection in statistics.Open)
                {
                    connection.Reset();
                }

                return "Connection stats reset.\n";
            case "cons":
                return ConnectionText.Connections(statistics, brief: false) + "\n";
            case "srvr":
                return ServerText.Server(view, server, statistics, readOnly, clients: string.Empty);
            case "stat":
                return ServerText.Server(view, server, statistics, readOnly, "Clients:\n" + ConnectionText.Connections(statistics, brief: true) + "\n");
            case "dump":
                return ConnectionText.Dump(view.Report, statistics);
            case "wchs":
                return ConnectionText.WatchSummary(view.Report);
            case "wchc":
                return ConnectionText.WatchesBySession(view.Report);
            case "wchp":
                return ConnectionText.WatchesByPath(view.Report);
            default:
                return MonitorText.Make(view, server, statistics, readOnly);
        }
    }

    private ServerConfiguration Live() => ensemble.Text.IsEmpty
        ? configuration
        : configuration with { Servers = ensemble.List.Servers, Own = ensemble.List.Find(configuration.Self) ?? configuration.SelfEntry };

    private string SetTraceMask(long? mask)
    {
        if (mask is not { } value)
        {
            return string.Empty;
        }

        Interlocked.Exchange(ref _traceMask, value);
        return value.ToString(CultureInfo.InvariantCulture);
    }
}
