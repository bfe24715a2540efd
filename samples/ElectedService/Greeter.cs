using System.Globalization;
using System.Text;
using GrainKeeper.Client;
using GrainKeeper.Client.Errors;
using GrainKeeper.Client.Recipes;
using GrainKeeper.Core.Jute;
using Microsoft.Extensions.Options;

namespace GrainKeeper.Samples.ElectedService;

/// <summary>
/// Runs in every instance, and works in the one that leads: it writes a greeting into a node. The node refuses a leader that has been replaced without knowing it, since it holds the fencing token of
/// the last one and is only written on the version that was read.
/// </summary>
internal sealed class Greeter(GrainKeeperClient client, LeaderElection election, Instance instance, IOptionsMonitor<GreetingSettings> settings, ILogger<Greeter> logger)
    : BackgroundService
{
    /// <summary>The election's node.</summary>
    public const string ElectionPath = "/elected/leader";

    private const string Path = "/elected/greeting";

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => election.RunAsync(Encoding.UTF8.GetBytes(instance.Name), LeadAsync, stoppingToken);

    private async Task LeadAsync(Holding leadership, CancellationToken ends)
    {
        logger.LogInformation("{Instance} leads, by token {Token:x}", instance.Name, leadership.FencingToken);
        instance.Leadership = leadership;
        try
        {
            await CreateAsync(ends);
            while (await GreetAsync(leadership.FencingToken, ends))
            {
                await Task.Delay(settings.CurrentValue.Interval, ends);
            }
        }
        finally
        {
            instance.Leadership = null;
            logger.LogInformation("{Instance} leads no more", instance.Name);
        }
    }

    private async Task CreateAsync(CancellationToken ends)
    {
        try
        {
            await client.CreateAsync(Path, "0 nobody"u8.ToArray(), CreateMode.Persistent, cancellationToken: ends);
        }
        catch (NodeExistsException)
        {
            // An earlier leader has made it.
        }
    }

    private async Task<bool> GreetAsync(long token, CancellationToken ends)
    {
        var node = await client.GetDataAsync(Path, cancellationToken: ends);
        var last = long.Parse(Encoding.UTF8.GetString(node.Data.Span).Split(' ')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        if (last > token)
        {
            logger.LogWarning("{Instance} was replaced by the leader with token {Token:x}", instance.Name, last);
            return false;
        }

        var text = string.Create(CultureInfo.InvariantCulture, $"{token:x} {settings.CurrentValue.Text}, says {instance.Name}");
        await client.SetDataAsync(Path, Encoding.UTF8.GetBytes(text), node.Stat.Version, ends);
        logger.LogInformation("{Text}", text);
        return true;
    }
}
