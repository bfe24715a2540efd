using GrainKeeper.Core.AtomicCommit;

namespace GrainKeeper.Simulation.AtomicCommit;

/// <summary>One seeded run of atomic commit: transactions under faults, then healing, then the last judgement.</summary>
public sealed class CommitSimulation
{
    private readonly CommitWorld _world;
    private readonly SimRandom _random;
    private bool _faultsEnded;

    private CommitSimulation(CommitProfile profile, long seed, Action<string>? listener)
    {
        _world = new CommitWorld(profile, ((ulong)seed * 0x9E3779B97F4A7C15UL) + (ulong)profile.Protocol, listener);
        _random = new SimRandom(((ulong)seed * 0xD1B54A32D192ED03UL) ^ (ulong)profile.Protocol);
    }

    private EventLoop Loop => _world.Loop;

    private CommitProfile Profile => _world.Profile;

    /// <summary>Runs a seed.</summary>
    /// <param name="protocol">Which protocol.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="listener">Hears the story, or null.</param>
    public static CommitRunResult Run(CommitProtocol protocol, long seed, Action<string>? listener = null)
    {
        var simulation = new CommitSimulation(CommitProfile.Make(protocol, seed), seed, listener);
        Exception? failure = null;
        try
        {
            simulation.Run();
        }
        catch (Exception e)
        {
            failure = e;
        }

        return new CommitRunResult(protocol, seed, failure, simulation._world.Trace.Fingerprint, simulation._world.Statistics);
    }

    private void Run()
    {
        _world.AfterDeath = StartLater;
        if (Profile.DiesInStep > 0)
        {
            _world.CrashBefore = (_, _, effect) => !_faultsEnded
                && effect is (CommitEffect.Send or CommitEffect.ForceLog or CommitEffect.Decided)
                && _random.Chance(Profile.DiesInStep);
        }
        else if (Profile.Surgical)
        {
            ChooseDeaths();
        }

        _world.StartAll();
        for (var i = 0; i < Profile.Transactions; i++)
        {
            Loop.At(_random.Between(0, Profile.BeginningTime > 0 ? Profile.BeginningTime : Profile.FaultyTime * 3 / 4), Begin);
        }

        if (Profile.FaultPause > 0)
        {
            PlanFault();
        }

        _world.RunUntil(Profile.FaultyTime);
        Heal();
        var healed = Loop.Now;
        while (Open() is { } open)
        {
            if (Loop.Now >= healed + Profile.HealingTime)
            {
                throw new PropertyViolatedException("AC5 all decide after healing", $"{open}, {Profile.HealingTime / EventLoop.Second} s after all was healed");
            }

            _world.RunUntil(Loop.Now + (100 * EventLoop.Millisecond));
        }

        _world.Statistics.LongestHealing = (Loop.Now - healed) / EventLoop.Millisecond;
        JudgeEnd();
        _world.RunUntil(Loop.Now + (5 * EventLoop.Second));
        JudgeEnd();
    }

    /// <summary>Mostly the coordinator, and some others, each at one place of its choice; most stay away for long.</summary>
    private void ChooseDeaths()
    {
        var left = _world.Nodes.Select(n => _random.Chance(n.Number == 0 ? 0.9 : 0.5)
            ? _random.Between(0, n.Number == 0 ? 6 * Profile.Participants : 12)
            : int.MaxValue).ToArray();
        _world.CrashBefore = (node, _, effect) => !_faultsEnded
            && effect is (CommitEffect.Send or CommitEffect.ForceLog or CommitEffect.Decided)
            && left[node.Number]-- == 0;
    }

    private void Begin()
    {
        var plan = new VoteKind[Profile.Participants];
        for (var i = 0; i < plan.Length; i++)
        {
            plan[i] = _random.Chance(Profile.No) ? VoteKind.No : _random.Chance(Profile.ReadOnly) ? VoteKind.ReadOnly : VoteKind.Yes;
        }

        if (_world.Begin(plan) is { } id)
        {
            AskAgain(id, Loop.Now + Profile.CallerPatience);
        }
    }

    /// <summary>A caller that has no answer, or thinks so, submits the same transaction again.</summary>
    private void AskAgain(TransactionId id, long until) => Loop.After(_random.Between(10 * EventLoop.Millisecond, 3 * EventLoop.Second), () =>
    {
        if (Loop.Now < until && (IsOpen(id) || _random.Chance(0.2)))
        {
            _world.Repeat(id);
            AskAgain(id, until);
        }
    });

    private bool IsOpen(TransactionId id) => _world.Outcomes.GetValueOrDefault(id) is null or Outcome.InDoubt;

    private void PlanFault() => Loop.After(_random.Between(1, 2 * Profile.FaultPause), () =>
    {
        if (!_faultsEnded)
        {
            Inject();
            PlanFault();
        }
    });

    private void Inject()
    {
        var node = _random.Pick(_world.Nodes);
        switch (_random.Below(Profile.Partitions ? 10 : 7))
        {
            case 0 or 1:
                Kill(node);
                break;
            case 2:
                Kill(_world.Nodes[0]);
                break;
            case 3 or 4:
                if (node.Running)
                {
                    node.CrashAfterEffects(_random.Between(0, 15));
                }

                break;
            case 5:
                _world.Nodes[0].CrashAfterEffects(_random.Between(0, 150));
                break;
            case 6:
                if (_random.Chance(0.3))
                {
                    foreach (var each in _world.Nodes)
                    {
                        Kill(each);
                    }
                }

                break;
            case 7:
                Partition();
                break;
            case 8:
                _world.Network.Block(node.Number, _random.Below(_world.Nodes.Count));
                break;
            default:
                _world.Network.Heal();
                break;
        }
    }

    private void Kill(CommitNode node)
    {
        if (node.Running)
        {
            node.Crash();
            StartLater(node);
        }
    }

    private void StartLater(CommitNode node) => Loop.After(
        _random.Chance(Profile.Surgical ? 0.2 : 0.5) ? _random.Between(0, 300 * EventLoop.Millisecond) : _random.Between(0, Profile.MaxAway), node.Start);

    private void Partition()
    {
        var order = _random.Permutation(_world.Nodes.Count);
        var cut = _random.Between(1, order.Length - 1);
        foreach (var a in order.Take(cut))
        {
            foreach (var b in order.Skip(cut))
            {
                _world.Network.Block(a, b);
                _world.Network.Block(b, a);
            }
        }
    }

    private void Heal()
    {
        _faultsEnded = true;
        _world.Trace.Tell("all", $"faults end; all is healed");
        _world.Network.Hostile = false;
        _world.Network.Heal();
        foreach (var node in _world.Nodes)
        {
            node.CrashAfterEffects(null);
            node.Start();
        }
    }

    private string? Open()
    {
        if (_world.Unfinished() is { } unfinished)
        {
            return unfinished;
        }

        foreach (var id in _world.Begun)
        {
            if (IsOpen(id) && Profile.CallerPatience > Profile.HealingTime / 2)
            {
                return $"the caller of {id} has no outcome";
            }
        }

        return null;
    }

    private void JudgeEnd()
    {
        foreach (var id in _world.Begun)
        {
            var decided = _world.Judge.Decisions.TryGetValue(id, out var decision);
            if (Profile.Calm)
            {
                var all = _world.Participants.All(p => _world.Plan(id, p) != VoteKind.No);
                if (all != (decided && decision.Decision == Decision.Commit))
                {
                    throw new PropertyViolatedException("AC4 nothing fails, all vote Yes: commit", $"{id} with {(all ? "no No" : "a No")}: {decision.Decision}");
                }
            }

            var commits = decided && decision.Decision == Decision.Commit;
            foreach (var participant in _world.Participants)
            {
                var applied = _world.NodeOf(CommitParty.Of(participant)).Resource.Applied.Contains(id);
                var leaves = Profile.Protocol == CommitProtocol.TwoPhase && _world.Plan(id, participant) == VoteKind.ReadOnly;
                if (applied != (commits && !leaves) && !(leaves && commits))
                {
                    throw new PropertyViolatedException("AC1 agreement", $"{id} {(commits ? "commits" : "aborts")}, but {participant} has {(applied ? "" : "not ")}applied it");
                }
            }
        }

        _world.Statistics.Committed = _world.Judge.Decisions.Values.Count(d => d.Decision == Decision.Commit);
        _world.Statistics.Aborted = _world.Judge.Decisions.Values.Count(d => d.Decision == Decision.Abort);
    }
}
