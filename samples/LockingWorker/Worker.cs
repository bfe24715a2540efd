using System.Text;
using GrainKeeper.Client;
using GrainKeeper.Client.Errors;
using GrainKeeper.Client.Recipes;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace GrainKeeper.Samples.LockingWorker;

/// <summary>Takes items in, each under the lock.</summary>
internal sealed class Worker(GrainKeeperClient client, Stock stock, IOptions<WorkerSettings> settings, IHostApplicationLifetime host, ILogger<Worker> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private readonly DistributedLock _lock = new(client, "/locks/stock");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        for (var done = 0; done < settings.Value.Items;)
        {
            try
            {
                done += await TakeInAsync(stoppingToken) ? 1 : 0;
            }
            catch (Exception e) when (e is LockLostException or GrainKeeperException)
            {
                // Nothing was done: the lock was not held, or the place in its queue went with the session. Try again, soon.
                logger.LogWarning("{Message}", e.Message);
                await Task.Delay(Pause, stoppingToken);
            }
        }

        host.StopApplication();
    }

    private async Task<bool> TakeInAsync(CancellationToken stop)
    {
        await using var held = await _lock.AcquireAsync(Encoding.UTF8.GetBytes($"{Environment.MachineName}-{Environment.ProcessId}"), stop);
        if (held.Lost.IsCancellationRequested)
        {
            return false;
        }

        // Not ended by Lost in the middle of it: the resource itself refuses who comes too late.
        var count = await stock.AddAsync(held.FencingToken, stop);
        logger.LogInformation("token {Token:x}: {Outcome}", held.FencingToken, count is { } now ? $"{now} in stock" : "refused, somebody else holds the lock by now");
        return count is not null;
    }
}
