using System.Globalization;
using GrainKeeper.Core.AtomicCommit;

namespace GrainKeeper.Simulation.AtomicCommit;

/// <summary>Processes, network and callers of one run. A test may drive it by hand; <see cref="CommitSimulation"/> does so by a seed.</summary>
public sealed class CommitWorld
{
    private readonly SimRandom _random;
    private readonly List<CommitNode> _nodes = [];
    private readonly Dictionary<TransactionId, Outcome> _outcomes = [];
    private readonly Dictionary<TransactionId, VoteKind[]> _plans = [];

    /// <summary>Makes the world; its processes do not run yet.</summary>
    public CommitWorld(CommitProfile profile, ulong seed, Action<string>? listener = null)
    {
        Profile = profile;
        _random = new SimRandom(seed);
        Loop = new EventLoop();
        Trace = new Trace(Loop, listener);
        Statistics = new CommitStatistics { Runs = 1 };
        Judge = new CommitJudge(this);
        Participants = [.. Enumerable.Range(1, profile.Participants).Select(i => new ParticipantId(string.Create(CultureInfo.InvariantCulture, $"p{i}")))];
        _nodes.Add(new CommitNode(this, 0, "co", _random.Fork()));
        foreach (var participant in Participants)
        {
            _nodes.Add(new CommitNode(this, _nodes.Count, participant.Name, _random.Fork()));
        }

        for (var i = 1; i <= profile.Acceptors; i++)
        {
            _nodes.Add(new CommitNode(this, _nodes.Count, string.Create(CultureInfo.InvariantCulture, $"a{i}"), _random.Fork()));
        }

        Network = new CommitNetwork(Loop, _random.Fork(), profile, Statistics, NodeOf);
    }

    /// <summary>How it is.</summary>
    public CommitProfile Profile { get; }

    /// <summary>Virtual time.</summary>
    public EventLoop Loop { get; }

    /// <summary>The story.</summary>
    public Trace Trace { get; }

    /// <summary>What was seen.</summary>
    public CommitStatistics Statistics { get; }

    /// <summary>The judge.</summary>
    public CommitJudge Judge { get; }

    /// <summary>The links.</summary>
    public CommitNetwork Network { get; }

    /// <summary>The participants' names.</summary>
    public IReadOnlyList<ParticipantId> Participants { get; }

    /// <summary>The processes: the coordinator's, the participants', the acceptors'.</summary>
    public IReadOnlyList<CommitNode> Nodes => _nodes;

    /// <summary>What callers were told last.</summary>
    public IReadOnlyDictionary<TransactionId, Outcome> Outcomes => _outcomes;

    /// <summary>Whether a process dies before it carries out an effect; for tests of one schedule.</summary>
    public Func<CommitNode, CommitMachine, CommitEffect, bool>? CrashBefore { get; set; }

    /// <summary>What happens to a process that died by <see cref="CrashBefore"/> or in the middle of a step. By default it stays away.</summary>
    public Action<CommitNode>? AfterDeath { get; set; }

    /// <summary>Where a party lives.</summary>
    public CommitNode NodeOf(CommitParty party) => party.Kind switch
    {
        PartyKind.Coordinator => _nodes[0],
        PartyKind.Participant => _nodes.Find(n => n.Name == party.Participant.Name)!,
        _ => _nodes[Profile.Participants + party.Number],
    };

    /// <summary>Starts all processes.</summary>
    public void StartAll() => _nodes.ForEach(n => n.Start());

    /// <summary>Begins a transaction with planned votes.</summary>
    /// <returns>Its id, or null while the coordinator is away.</returns>
    public TransactionId? Begin(VoteKind[] plan)
    {
        if (_nodes[0].Allot() is not { } id)
        {
            return null;
        }

        Statistics.Begun++;
        _plans[id] = plan;
        Trace.Tell("call", $"submits {id}: {string.Join(' ', plan)}");
        _nodes[0].Submit(id, Request());
        return id;
    }

    /// <summary>Submits a transaction again.</summary>
    public void Repeat(TransactionId id)
    {
        Trace.Tell("call", $"submits {id} again");
        _nodes[0].Submit(id, Request());
    }

    /// <summary>How a participant's resource will vote.</summary>
    public VoteKind Plan(TransactionId id, ParticipantId participant) => _plans[id][Participants.ToList().IndexOf(participant)];

    /// <summary>All transactions begun.</summary>
    public IEnumerable<TransactionId> Begun => _plans.Keys;

    /// <summary>A participant that has only read keeps no record of its vote with 2PC.</summary>
    public bool MayForgetVotes(TransactionId id, ParticipantId participant) =>
        Profile.Protocol == CommitProtocol.TwoPhase && Plan(id, participant) == VoteKind.ReadOnly;

    /// <summary>A caller hears.</summary>
    public void Completed(TransactionId id, Outcome outcome)
    {
        if (outcome is Outcome.InDoubt)
        {
            Statistics.InDoubt++;
            _outcomes.TryAdd(id, outcome);
        }
        else
        {
            _outcomes[id] = outcome;
        }
    }

    /// <summary>A process died in the middle of a step.</summary>
    public void Died(CommitNode node)
    {
        node.Crash();
        AfterDeath?.Invoke(node);
    }

    /// <summary>Lets time pass.</summary>
    public void RunUntil(long time)
    {
        while (Loop.RunNext(time))
        {
            // Each step is judged while it happens.
        }
    }

    /// <summary>Lets time pass until something holds.</summary>
    /// <returns>Whether it came to hold.</returns>
    public bool RunUntil(Func<bool> condition, long atMost)
    {
        var deadline = Loop.Now + atMost;
        while (!condition())
        {
            if (Loop.Now >= deadline)
            {
                return false;
            }

            Loop.RunNext(deadline);
        }

        return true;
    }

    /// <summary>What is not finished yet, or null.</summary>
    public string? Unfinished()
    {
        foreach (var node in _nodes)
        {
            if (node.Resource.Holder is { } holder)
            {
                return $"{node.Name} holds its lock for {holder}";
            }

            foreach (var machine in node.Machines)
            {
                if (machine is ParticipantMachine { IsInDoubt: true })
                {
                    return $"{machine.Self} of {machine.Id} is in doubt";
                }

                if (machine is ParticipantMachine { State: ParticipantState.Preparing or ParticipantState.Finishing })
                {
                    return $"{machine.Self} of {machine.Id} waits for its resource";
                }

                if (machine is CoordinatorMachine { Decision: Decision.Commit, IsEnded: false })
                {
                    return $"{machine.Self} of {machine.Id} waits for acknowledgements";
                }
            }
        }

        return null;
    }

    private TransactionRequest Request() => new(
        Profile.Protocol, Participants.ToDictionary(p => p, p => (ReadOnlyMemory<byte>)new byte[] { 1, 2, 3 }), Profile.Acceptors);
}
