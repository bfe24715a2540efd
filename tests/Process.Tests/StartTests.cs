using GrainKeeper.Process.Tests.Harness;

namespace GrainKeeper.Process.Tests;

/// <summary>What a start says; those that must be refused end with one clear line and an exit code of their own.</summary>
public sealed class StartTests
{
    private const int BadConfiguration = 2;
    private const int CannotStart = 3;

    [Fact]
    public async Task A_server_begins_with_a_worker_thread_for_two_processors()
    {
        await using var ensemble = new Ensemble(1);
        await ensemble.StartAllAsync();
        Assert.Matches($"Server 1 of 1 .* worker threads from {Math.Max(1, Environment.ProcessorCount / 2)}\\.", ensemble[1].Output);
    }

    [Fact]
    public async Task A_second_process_on_the_same_data_is_refused()
    {
        await using var ensemble = new Ensemble(1);
        await ensemble.StartAllAsync();
        using var second = ServerProgram.Start(["serve", "--id", "1", "--config", ensemble.ConfigurationFile, "--set", "dataDir=" + ensemble.DataOf(1)]);
        Assert.Equal(CannotStart, await second.WaitForExitAsync(90));
        Assert.Contains("another process uses this data", second.Output, StringComparison.Ordinal);
        Assert.True(ensemble.StateOf(1).Leads);
        Assert.False(ensemble[1].HasExited);
    }

    [Fact]
    public async Task Data_of_another_server_is_refused()
    {
        await using var ensemble = new Ensemble(3);
        await ensemble.StartAllAsync();
        await ensemble.KillAsync(2);
        await ensemble.KillAsync(3);
        using var stranger = ServerProgram.Start(["serve", "--id", "3", "--config", ensemble.ConfigurationFile, "--set", "dataDir=" + ensemble.DataOf(2)]);
        Assert.NotEqual(0, await stranger.WaitForExitAsync(90));

        // Whichever of its logs is opened first says so.
        Assert.Matches("FATAL .* belongs to cluster process-tests, server 2(, tree root)?, but this server is cluster process-tests, server 3", stranger.Output);
    }

    [Fact]
    public async Task A_port_in_use_is_named()
    {
        await using var ensemble = new Ensemble(1);
        await ensemble.StartAllAsync();
        using var second = ServerProgram.Start(["serve", "--id", "1", "--config", ensemble.ConfigurationFile, "--set", "dataDir=" + Path.Combine(ensemble.Root, "other")]);
        Assert.Equal(CannotStart, await second.WaitForExitAsync(90));
        Assert.Contains($"port {ensemble.SiloPort(1)}, the silo port", second.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bad_configuration_ends_with_every_error_named()
    {
        await using var ensemble = new Ensemble(1);
        using var server = ServerProgram.Start(
            ["serve", "--id", "9", "--config", ensemble.ConfigurationFile, "--set", "dataDir=" + ensemble.DataOf(1), "--set", "tickTime=soon"],
            environment: [("GRAINKEEPER_SNAPCOUNT", "1")]);
        Assert.Equal(BadConfiguration, await server.WaitForExitAsync(90));
        Assert.Contains("error: command line: tickTime = 'soon': must be a whole number", server.Output, StringComparison.Ordinal);
        Assert.Contains("error: environment variable GRAINKEEPER_SNAPCOUNT: SNAPCOUNT = '1': must be", server.Output, StringComparison.Ordinal);
        Assert.Contains("error: command line: id = '9': there is no line server.9", server.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(ensemble.DataOf(1)));
    }
}
