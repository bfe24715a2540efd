using GrainKeeper.Client.Configuration;
using Microsoft.Extensions.Configuration;

namespace GrainKeeper.Client.Tests.Hosting;

public sealed class ConfigurationTests : IAsyncLifetime
{
    private readonly LoopbackReplica _replica = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _replica.StopAsync();

    [Fact]
    public async Task Nodes_become_keys_and_changes_are_read_again()
    {
        await using var writer = await _replica.ConnectAsync();
        await writer.CreateAsync("/app");
        await writer.CreateAsync("/app/Logging");
        await writer.CreateAsync("/app/Logging/Level", "Warning"u8.ToArray());
        using var provider = Provider("/app");
        provider.Load();
        var reloads = 0;
        provider.GetReloadToken().RegisterChangeCallback(_ => reloads++, null);
        Assert.True(provider.TryGet("logging:level", out var level));
        Assert.Equal("Warning", level);
        Assert.False(provider.TryGet("Logging", out _));

        await writer.SetDataAsync("/app/Logging/Level", "Debug"u8.ToArray());
        await writer.CreateAsync("/app/New", "1"u8.ToArray());
        await Waiting.UntilAsync(() => provider.TryGet("Logging:Level", out var now) && now == "Debug" && provider.TryGet("New", out _), "the change");
        await Waiting.UntilAsync(() => Volatile.Read(ref reloads) > 0, "the reload to be told");
        Assert.Equal(1, reloads);

        _replica.BreakAll();
        await writer.DeleteAsync("/app/New");
        await Waiting.UntilAsync(() => !provider.TryGet("New", out _), "what was missed while no server was attached");
    }

    [Fact]
    public async Task A_missing_node_fails_the_start_unless_it_is_optional_and_then_is_read_once_it_is_there()
    {
        using var needed = Provider("/none");
        Assert.Contains("there is no node /none", Assert.Throws<InvalidOperationException>(needed.Load).Message, StringComparison.Ordinal);
        await Waiting.UntilAsync(() => _replica.Status.Sessions == 0, "the client of the failed start to be closed");
        using var optional = Provider("/none", optional: true);
        optional.Load();
        Assert.Empty(optional.GetChildKeys([], null));
        await using var writer = await _replica.ConnectAsync();
        await writer.CreateAsync("/none");
        await writer.CreateAsync("/none/Key", "value"u8.ToArray());
        await Waiting.UntilAsync(() => optional.TryGet("Key", out var value) && value == "value", "the late node");
    }

    [Fact]
    public async Task Too_many_nodes_are_not_read()
    {
        await using var writer = await _replica.ConnectAsync();
        await writer.CreateAsync("/many");
        for (var i = 0; i < 5; i++)
        {
            await writer.CreateAsync($"/many/{i}", "x"u8.ToArray());
        }

        using var provider = Provider("/many", most: 5);
        Assert.Contains("more than 5 nodes", Assert.Throws<InvalidOperationException>(provider.Load).Message, StringComparison.Ordinal);
    }

    private GrainKeeperConfigurationProvider Provider(string path, bool optional = false, int most = 100) => new(
        new GrainKeeperConfigurationSource
        {
            Client = LoopbackReplica.Options(), Path = path, Optional = optional, MaxNodes = most, ReloadDelay = TimeSpan.FromMilliseconds(50),
        },
        options => GrainKeeperClient.Start(options, _replica, new Random(1)));
}
