using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Grains.Transactions;
using Microsoft.Extensions.DependencyInjection;

namespace GrainKeeper.Cluster.Tests.Transactions;

/// <summary>
/// Sees the steps of one transaction on all servers: each effect of each party, and each thing that is about to be sent to a database. Before a chosen one it kills the databases. A party goes on at once then, while
/// they are away; who is about to send them something does it when they are back.
/// </summary>
/// <param name="id">The transaction.</param>
/// <param name="fatal">The step, or null to look on only.</param>
/// <param name="kill">Kills the databases.</param>
internal sealed class StepWatch(TransactionId id, WatchedStep? fatal, Action kill)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private readonly TaskCompletionSource _dead = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _back = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _voted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<WatchedStep> _seen = [];
    private readonly Lock _gate = new();
    private bool _over;

    /// <summary>Done when the databases are dead.</summary>
    public Task Dead => _dead.Task;

    /// <summary>Has a participant ask its resource only when another one has voted, or will not for a while.</summary>
    public (string Last, string First)? Order { get; init; }

    /// <summary>What has been seen so far.</summary>
    public IReadOnlyList<WatchedStep> Seen
    {
        get
        {
            lock (_gate)
            {
                return [.. _seen];
            }
        }
    }

    /// <summary>Looks at all servers that run, in the place of whatever looked before.</summary>
    public void Attach(TreeBank bank, IEnumerable<ParticipantId> databases)
    {
        foreach (var servers in bank.Cluster.Running.Select(s => s.Services.GetRequiredService<TransactionServers>()))
        {
            servers.FallsSilentBefore = (machine, effect) =>
            {
                Look(machine.Id, machine.Self.ToString(), effect.GetType().Name);
                return false;
            };
            foreach (var database in databases)
            {
                servers.Kinds.Databases.Find(database)!.Before = async (step, transaction) =>
                {
                    if (Look(transaction, $"{database} to its database", step.ToString()))
                    {
                        await _back.Task;
                    }
                };
            }
        }
    }

    /// <summary>From here on nobody dies.</summary>
    /// <returns>Whether they have died.</returns>
    public bool End()
    {
        lock (_gate)
        {
            _over = true;
            return _dead.Task.IsCompleted;
        }
    }

    /// <summary>The databases are back.</summary>
    public void GoOn() => _back.TrySetResult();

    /// <returns>Whether the databases have died at this step.</returns>
    private bool Look(TransactionId transaction, string party, string what)
    {
        if (transaction != id)
        {
            return false;
        }

        var dies = false;
        lock (_gate)
        {
            var step = new WatchedStep(party, what, 1 + _seen.Count(s => s.Party == party && s.What == what));
            _seen.Add(step);
            if (!_over && step == fatal)
            {
                dies = true;
                kill();
                _dead.SetResult();
            }
        }

        if (dies || (party == Order?.First && what == nameof(CommitEffect.Send)))
        {
            _voted.TrySetResult();
        }

        if (party == Order?.Last && what == nameof(CommitEffect.Prepare))
        {
            _voted.Task.Wait(Patience);
        }

        return dies;
    }
}
