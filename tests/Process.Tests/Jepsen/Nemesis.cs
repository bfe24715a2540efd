using System.Globalization;
using GrainKeeper.Process.Tests.Harness;

namespace GrainKeeper.Process.Tests.Jepsen;

/// <summary>Harms the ensemble, one fault at a time, as its dice say: each kind comes once before any comes again.</summary>
internal sealed class Nemesis(Ensemble ensemble, Random random)
{
    private readonly Queue<FaultKind> _deck = new();
    private readonly List<int> _killed = [];
    private readonly List<int> _paused = [];

    /// <summary>Does the next harm, and leaves it for a while.</summary>
    /// <returns>What was done.</returns>
    public async Task<string> StrikeAsync()
    {
        if (_deck.Count == 0)
        {
            var kinds = Enum.GetValues<FaultKind>();
            random.Shuffle(kinds);
            Array.ForEach(kinds, _deck.Enqueue);
        }

        var kind = _deck.Dequeue();
        var leader = ensemble.Leader() ?? random.Next(1, ensemble.Count + 1);
        var others = ensemble.Ids.Except([leader]).ToArray();
        random.Shuffle(others);
        var victims = kind switch
        {
            FaultKind.KillMajority => [leader, others[0], others[1]],
            FaultKind.PauseTwo or FaultKind.PartAndKill => random.Next(2) == 0 ? [leader, others[0]] : others[..2],
            FaultKind.PartLeaderWithOne => [leader, others[0]],
            _ => new[] { leader },
        };
        await StrikeAsync(kind, victims, others[^1]);

        // Longer than it takes to notice a silent leader (syncTimeout), and around the time after which sessions expire.
        var held = TimeSpan.FromMilliseconds(kind is FaultKind.KillLeader or FaultKind.KillMajority ? random.Next(300, 1_500) : random.Next(2_500, 5_000));
        await Task.Delay(held);
        return string.Create(CultureInfo.InvariantCulture, $"{kind}: {string.Join(',', victims)} for {held.TotalSeconds:0.0} s");
    }

    /// <summary>Undoes all harm, and waits until all servers serve.</summary>
    public async Task HealAsync()
    {
        _paused.ForEach(n => ensemble[n].Signal(Signals.Continue));
        _paused.Clear();
        ensemble.Network.Heal();
        _killed.ForEach(n => ensemble.Start(n));
        _killed.Clear();
        await ensemble.AllServeAsync();
    }

    private async Task StrikeAsync(FaultKind kind, int[] victims, int bystander)
    {
        switch (kind)
        {
            case FaultKind.KillLeader or FaultKind.KillMajority:
                await KillAsync(victims);
                break;
            case FaultKind.PauseLeader or FaultKind.PauseTwo:
                foreach (var victim in victims)
                {
                    ensemble[victim].Signal(Signals.Stop);
                    _paused.Add(victim);
                }

                break;
            case FaultKind.IsolateLeader or FaultKind.PartLeaderWithOne:
                ensemble.Network.Part(victims);
                break;
            case FaultKind.PartAndKill:
                ensemble.Network.Part(victims);
                await KillAsync(bystander);
                break;
            default:
                throw new InvalidOperationException($"unknown fault {kind}");
        }
    }

    private async Task KillAsync(params int[] victims)
    {
        _killed.AddRange(victims);
        await Task.WhenAll(victims.Select(ensemble.KillAsync));
    }
}
