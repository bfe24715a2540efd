using Microsoft.Extensions.Hosting;

namespace GrainKeeper.Client.Hosting;

/// <summary>Connects a hosted client before the host's other services start.</summary>
internal sealed class GrainKeeperClientStart(Func<GrainKeeperClient> client, Func<GrainKeeperClientSettings> settings) : IHostedLifecycleService
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        var connecting = client();
        if (settings().ConnectAtStart)
        {
            await connecting.ConnectedAsync(cancellationToken);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
