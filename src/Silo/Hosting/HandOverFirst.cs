using GrainKeeper.Grains.Hosting;

namespace GrainKeeper.Silo.Hosting;

/// <summary>Begins every graceful stop: leaders hand over while the silo and its connections still work.</summary>
internal sealed partial class HandOverFirst(IServerShutdown shutdown, ILogger<HandOverFirst> logger) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return;
        }

        LogStopping();
        try
        {
            await shutdown.HandOverAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Out of time: the followers will notice by the dropped connection instead.
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(LogLevel.Information, "Stopping: leaders hand over first.")]
    private partial void LogStopping();
}
