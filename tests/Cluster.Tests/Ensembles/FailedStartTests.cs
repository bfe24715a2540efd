using GrainKeeper.Cluster.Tests.Hosting;
using GrainKeeper.Grains.Hosting;
using GrainKeeper.Silo.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;

namespace GrainKeeper.Cluster.Tests.Ensembles;

/// <summary>Servers whose silo does not start, while their data is loaded already.</summary>
public sealed class FailedStartTests
{
    [Fact]
    public async Task A_server_that_could_not_start_lets_its_data_go_and_starts_later()
    {
        var fails = false;
        await using var cluster = new MiniCluster(
            1, withGrains: true, configureSilo: silo => silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(new Obstacle(() => fails)));
        await cluster.StartAsync(1);
        await cluster.LeaderAsync();
        await using (var client = await cluster.ConnectAsync(cluster.Ids))
        {
            await client.CreateAsync("/kept", "1"u8.ToArray());
        }

        await cluster.StopAsync(1);
        fails = true;
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => cluster.StartAsync(1));
        Assert.Equal("an obstacle", error.Message);

        fails = false;
        await cluster.StartAsync(1);
        await cluster.LeaderAsync();
        await using var again = await cluster.ConnectAsync(cluster.Ids);
        Assert.Equal("1"u8.ToArray(), (await again.GetDataAsync("/kept")).Data.ToArray());
    }

    [Fact]
    public async Task A_server_that_began_to_load_and_was_never_started_lets_its_data_go()
    {
        await using var cluster = new MiniCluster(1, withGrains: true);
        await cluster.StartAsync(1);
        await cluster.LeaderAsync();
        await using (var client = await cluster.ConnectAsync(cluster.Ids))
        {
            await client.CreateAsync("/kept", "1"u8.ToArray());
        }

        await cluster.StopAsync(1);
        using (var host = ServerHost.Build(cluster.ConfigurationOf(1)))
        {
            var loading = host.Services.GetRequiredService<IServerLoading>();
            loading.BeginLoading();
            loading.BeginLoading();
        }

        await cluster.StartAsync(1);
        await cluster.LeaderAsync();
        await using var again = await cluster.ConnectAsync(cluster.Ids);
        Assert.Equal("1"u8.ToArray(), (await again.GetDataAsync("/kept")).Data.ToArray());
    }

    private sealed class Obstacle(Func<bool> fails) : ILifecycleParticipant<ISiloLifecycle>
    {
        public void Participate(ISiloLifecycle observer) =>
            observer.Subscribe(nameof(Obstacle), ServiceLifecycleStage.First + 1, _ => fails() ? Task.FromException(new InvalidOperationException("an obstacle")) : Task.CompletedTask);
    }
}
