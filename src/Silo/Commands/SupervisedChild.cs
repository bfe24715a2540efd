using System.Globalization;
using GrainKeeper.Contracts;
using GrainKeeper.Contracts.Servers;
using GrainKeeper.Contracts.Trees;
using GrainKeeper.Silo.Configuration;

namespace GrainKeeper.Silo.Commands;

/// <summary>
/// The child's side of a supervised server: it stops when its standard input ends, which happens even when the parent is killed, and tells on standard output
/// what it does in the root tree.
/// </summary>
internal sealed class SupervisedChild(ServerConfiguration configuration, IGrainFactory grains, IHostApplicationLifetime lifetime) : BackgroundService
{
    /// <summary>How a status line begins: <c>@status ROLE PHASE LEADER EPOCH</c>, with 0 for no leader.</summary>
    public const string StatusPrefix = "@status ";
    private static readonly TimeSpan Quick = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Calm = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        new Thread(WaitForEndOfInput) { IsBackground = true, Name = "end of standard input" }.Start();
        await ReportAsync(stoppingToken);
    }

    private void WaitForEndOfInput()
    {
        using (var input = Console.OpenStandardInput())
        {
            var buffer = new byte[64];
            try
            {
                while (input.Read(buffer) > 0)
                {
                }
            }
            catch (IOException)
            {
            }
        }

        lifetime.StopApplication();
    }

    private async Task ReportAsync(CancellationToken stoppingToken)
    {
        var replica = grains.GetGrain<IZNodeTreeGrain>(ServerGrainKey.Format(TreeName.Root, configuration.Self));
        var last = string.Empty;
        while (!stoppingToken.IsCancellationRequested)
        {
            var serves = false;
            try
            {
                var status = await replica.GetStatus().WaitAsync(Patience, stoppingToken);
                serves = status.Phase == ServerPhase.Broadcast;
                var line = string.Create(CultureInfo.InvariantCulture, $"{StatusPrefix}{status.Role} {status.Phase} {status.Leader ?? 0} {status.CurrentEpoch}");
                if (line != last)
                {
                    Console.Out.WriteLine(line);
                    last = line;
                }
            }
            catch (Exception e) when (e is TimeoutException or OrleansException or InvalidOperationException or ServerUnavailableException)
            {
                // Not up yet, or stopping; the next round knows more.
            }

            await Task.Delay(serves ? Calm : Quick, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
