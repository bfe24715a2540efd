using System.Diagnostics;
using System.Diagnostics.Metrics;
using GrainKeeper.Client.Hosting;
using GrainKeeper.Client.Telemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace GrainKeeper.Client.Tests.Hosting;

/// <summary>A client in a .NET host, against a real silo.</summary>
public sealed class HostingTests
{
    [Fact]
    public async Task A_hosted_client_is_connected_at_the_start_healthy_measured_and_closed_with_the_host()
    {
        await using var silo = await TestSilo.StartNewAsync();
        var builder = Host.CreateApplicationBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["GrainKeeper:Servers"] = $"localhost:{silo.GatewayPort}",
            ["GrainKeeper:ClusterId"] = TestSilo.Cluster,
            ["GrainKeeper:SessionTimeout"] = "00:00:08",
            ["GrainKeeper:AttemptTimeout"] = "00:00:20",
            ["GrainKeeper:ConnectTimeout"] = "00:01:00",
            ["GrainKeeper:Credentials:0"] = "digest:alice:secret",
        });
        builder.AddGrainKeeperClient();
        builder.Services.AddKeyedGrainKeeperClient("other", s => (s.Servers, s.ClusterId, s.AttemptTimeout) = ($"localhost:{silo.GatewayPort}", TestSilo.Cluster, TimeSpan.FromSeconds(20)));
        builder.Services.AddHealthChecks().AddGrainKeeper().AddGrainKeeper("other", key: "other");
        using var host = builder.Build();
        await host.StartAsync();

        var client = host.Services.GetRequiredService<GrainKeeperClient>();
        Assert.Equal((ClientState.Connected, TimeSpan.FromSeconds(8)), (client.State, client.SessionTimeout));
        Assert.Contains(await client.WhoAmIAsync(), i => i.Scheme == "digest");
        Assert.NotEqual(client.SessionId, host.Services.GetRequiredKeyedService<GrainKeeperClient>("other").SessionId);
        var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        Assert.Equal([HealthStatus.Healthy, HealthStatus.Healthy], report.Entries.Values.Select(e => e.Status));

        await MeasureAsync(client);
        await silo.StopAsync();
        await Waiting.UntilAsync(() => client.State == ClientState.Connecting, "the loss");
        report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        Assert.Equal(HealthStatus.Unhealthy, report.Entries["grainkeeper"].Status);
        await host.StopAsync();
        await ((IAsyncDisposable)host).DisposeAsync();
        Assert.Equal(ClientState.Closed, client.State);
    }

    [Theory]
    [InlineData("", "00:00:10", "Servers is empty")]
    [InlineData("a:1,a:1", "00:00:10", "listed twice")]
    [InlineData("a:1", "00:00:00.5", "SessionTimeout")]
    public async Task Settings_that_cannot_work_stop_the_start(string servers, string timeout, string said)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.AddGrainKeeperClient(configure: s => (s.Servers, s.SessionTimeout) = (servers, TimeSpan.Parse(timeout, null)));
        using var host = builder.Build();
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.Contains("GrainKeeper client: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    private static async Task MeasureAsync(GrainKeeperClient client)
    {
        var (durations, activities) = (new List<string>(), new List<string>());
        using var metrics = new MeterListener();
        metrics.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == ClientTelemetry.Name && instrument.Name == "grainkeeper.client.operation.duration")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        metrics.SetMeasurementEventCallback<double>((_, seconds, tags, _) =>
        {
            Assert.InRange(seconds, 0, 60);
            lock (durations)
            {
                durations.Add(string.Join(' ', tags.ToArray().Select(t => t.Value)));
            }
        });
        metrics.Start();
        using var traces = new ActivityListener
        {
            ShouldListenTo = source => source.Name == ClientTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                lock (activities)
                {
                    activities.Add($"{activity.OperationName} {activity.GetTagItem("grainkeeper.path")} {activity.Status}");
                }
            },
        };
        ActivitySource.AddActivityListener(traces);
        await client.CreateAsync("/measured");
        await Assert.ThrowsAsync<Errors.NodeExistsException>(() => client.CreateAsync("/measured"));
        lock (durations)
        {
            Assert.Contains("Create2 ok", durations);
            Assert.Contains("Create2 NodeExists", durations);
        }

        lock (activities)
        {
            Assert.Contains("Create2 /measured Unset", activities);
            Assert.Contains("Create2 /measured Error", activities);
        }
    }
}
