namespace GrainKeeper.Client.Tests.Recipes;

/// <summary>Clients of one replica, closed with the test.</summary>
public abstract class RecipeTest : IAsyncLifetime
{
    private readonly System.Collections.Concurrent.ConcurrentBag<GrainKeeperClient> _clients = [];

    internal LoopbackReplica Replica { get; } = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await Task.WhenAll(_clients.Select(c => c.DisposeAsync().AsTask()));
        await Replica.StopAsync();
    }

    internal async Task<GrainKeeperClient> ConnectAsync(GrainKeeperClientOptions? options = null)
    {
        var client = await Replica.ConnectAsync(options);
        _clients.Add(client);
        return client;
    }

    internal Task<GrainKeeperClient[]> ConnectAsync(int count) => Task.WhenAll(Enumerable.Range(0, count).Select(_ => ConnectAsync()));

    internal static Task SoonAsync(Task task) => task.WaitAsync(TimeSpan.FromSeconds(60));

    internal static Task<T> SoonAsync<T>(Task<T> task) => task.WaitAsync(TimeSpan.FromSeconds(60));
}
