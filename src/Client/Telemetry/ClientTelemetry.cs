using System.Diagnostics;
using System.Diagnostics.Metrics;
using GrainKeeper.Client.Errors;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.Client.Telemetry;

/// <summary>
/// Metrics and traces of all clients of this process: meter and activity source <c>GrainKeeper.Client</c>. An operation is one activity of kind client, from the call
/// to its answer, queueing included.
/// </summary>
public static class ClientTelemetry
{
    /// <summary>The name of the meter and of the activity source.</summary>
    public const string Name = "GrainKeeper.Client";

    private static readonly ActivitySource Activities = new(Name);
    private static readonly Meter Meter = new(Name);
    private static readonly Histogram<double> Durations =
        Meter.CreateHistogram<double>("grainkeeper.client.operation.duration", "s", "From the call to its answer; tags operation and outcome (ok or the error's name)");

    private static readonly UpDownCounter<long> Active = Meter.CreateUpDownCounter<long>("grainkeeper.client.operation.active", "{operation}", "Operations that wait or are under way");
    private static readonly Counter<long> Attachments = Meter.CreateCounter<long>("grainkeeper.client.attachments", "{attachment}", "Sessions attached to a server; tag server");
    private static readonly Counter<long> Losses = Meter.CreateCounter<long>("grainkeeper.client.losses", "{connection}", "Connections lost");
    private static readonly Counter<long> Expirations = Meter.CreateCounter<long>("grainkeeper.client.expirations", "{session}", "Sessions that the servers have ended");
    private static readonly Counter<long> Events = Meter.CreateCounter<long>("grainkeeper.client.events", "{event}", "Watch events that came; tag type");

    /// <summary>Whether anybody looks at operations.</summary>
    internal static bool Measures => Durations.Enabled || Active.Enabled || Activities.HasListeners();

    internal static async Task<T> OperationAsync<T>(OpCode type, string? path, Task<T> result)
    {
        var name = type.ToString();
        var operation = new KeyValuePair<string, object?>("operation", name);
        using var activity = Activities.StartActivity(name, ActivityKind.Client);
        activity?.SetTag("db.system", "grainkeeper").SetTag("db.operation.name", name).SetTag("grainkeeper.path", path);
        var began = Stopwatch.GetTimestamp();
        var outcome = "ok";
        Active.Add(1, operation);
        try
        {
            return await result;
        }
        catch (Exception e)
        {
            outcome = e switch { GrainKeeperException g => g.Code.ToString(), OperationCanceledException => "cancelled", _ => e.GetType().Name };
            activity?.SetStatus(ActivityStatusCode.Error, outcome);
            throw;
        }
        finally
        {
            Active.Add(-1, operation);
            Durations.Record(Stopwatch.GetElapsedTime(began).TotalSeconds, operation, new KeyValuePair<string, object?>("outcome", outcome));
        }
    }

    internal static void Attached(int server) => Attachments.Add(1, new KeyValuePair<string, object?>("server", server));

    internal static void Lost() => Losses.Add(1);

    internal static void Expired() => Expirations.Add(1);

    internal static void Happened(WatchEvent change)
    {
        if (Events.Enabled)
        {
            Events.Add(1, new KeyValuePair<string, object?>("type", change.Type.ToString()));
        }
    }
}
