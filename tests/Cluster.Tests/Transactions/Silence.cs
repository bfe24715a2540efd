using System.Collections.Concurrent;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Grains.Transactions;
using Microsoft.Extensions.DependencyInjection;

namespace GrainKeeper.Cluster.Tests.Transactions;

/// <summary>
/// Has parties of chosen transactions fall silent before chosen effects, each as if its server had died there, while other transactions go on. When all have, the servers are killed: so one death
/// is at another step for each transaction.
/// </summary>
internal sealed class Silence
{
    private readonly ConcurrentDictionary<(TransactionId Id, CommitParty Party), int> _plan = new();
    private readonly ConcurrentDictionary<(TransactionId Id, CommitParty Party), int> _steps = new();
    private readonly ConcurrentDictionary<(TransactionId Id, CommitParty Party), string> _fallen = new();
    private readonly Lock _gate = new();
    private bool _over;

    public string Describe() => string.Join('\n', _fallen.OrderBy(f => f.Key.Id).Select(f => $"{f.Key.Id} {f.Key.Party} fell silent before {f.Value}"));

    /// <summary>Listens to all parties on all servers that run.</summary>
    public void Attach(TreeBank bank)
    {
        foreach (var server in bank.Cluster.Running)
        {
            server.Services.GetRequiredService<TransactionServers>().FallsSilentBefore = Falls;
        }
    }

    /// <summary>A party falls silent before its n-th effect; not at all with 0.</summary>
    public void Plan(TransactionId id, CommitParty party, int step)
    {
        if (step > 0)
        {
            _plan[(id, party)] = step;
        }
    }

    /// <summary>Waits until all have fallen silent that will: all that were planned, or at least so many and then nobody for a while.</summary>
    /// <returns>False when not so many have.</returns>
    public async Task<bool> CalmAsync(int least, int calm, int patience)
    {
        var (seen, since) = (-1, 0L);
        var until = Environment.TickCount64 + patience;
        while (seen != _plan.Count && Environment.TickCount64 < until && (seen < least || Environment.TickCount64 - since < calm))
        {
            if (_fallen.Count != seen)
            {
                (seen, since) = (_fallen.Count, Environment.TickCount64);
            }

            await Task.Delay(10);
        }

        return seen >= least;
    }

    /// <summary>From here on nobody falls silent.</summary>
    public void End()
    {
        lock (_gate)
        {
            _over = true;
        }
    }

    private bool Falls(CommitMachine machine, CommitEffect effect)
    {
        lock (_gate)
        {
            var key = (machine.Id, machine.Self);
            var step = _steps.AddOrUpdate(key, 1, (_, n) => n + 1);
            if (_over || !_plan.TryGetValue(key, out var last) || step < last)
            {
                return false;
            }

            _fallen[key] = effect.GetType().Name;
            return true;
        }
    }
}
