using System.Text;
using GrainKeeper.Core;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Tree;
using GrainKeeper.Simulation.Checking;
using GrainKeeper.Simulation.Clients;

namespace GrainKeeper.Simulation.Servers;

/// <summary>The real replica, with its tree, sessions and watches.</summary>
public sealed class WholeReplica(ReplicaCore core, ReplicaState state) : IReplica
{
    private int _steps;

    /// <inheritdoc/>
    public long? NextDeadline => core.NextDeadline;

    /// <inheritdoc/>
    public ReplicaStatus Status => core.Status;

    /// <summary>What it knows as a leader; null elsewhere.</summary>
    public LeaderReport? Leader => core.Report(ReplicaReportParts.None, 0).Leader;

    /// <summary>Every third input is said to have company, whether or not it has: the rest may come at once or much later.</summary>
    public void Step(ReplicaInput input, Now now, List<Effect> effects) => core.Step(input, now, effects, moreFollows: ++_steps % 3 == 0);

    /// <inheritdoc/>
    public IReadOnlyList<StateFact> Facts()
    {
        if (!state.Tree.IsExact)
        {
            throw new PropertyViolatedException("equal states", $"server {core.Status.Self} serves a tree at {state.Tree.LastApplied} that is fuzzy until {state.Tree.FuzzyUntil}");
        }

        var facts = new List<StateFact>();
        Collect(state.Tree.Root, facts);
        foreach (var (session, timeout) in state.Sessions.ToArray())
        {
            facts.Add(StateFact.OfSession(session, timeout));
        }

        facts.AddRange(state.Results.ToSortedArray().Select(OfResults));
        facts.AddRange(state.Commits.ToArray().Select(c => c.Key.Owner == TreeTransactionChecker.Tree
            ? StateFact.OfPart(c.Key.Id, c.Records().Select(r => r.GetType().Name), c.IsFinished)
            : StateFact.OfCommit(c.Key, c.Records().Select(CommitRecordChecker.NumberOf))));
        return facts;
    }

    private StateFact OfResults(long session)
    {
        var last = state.Results.LastOf(session)!.Value;
        var value = 0L;
        for (var number = last; number > 0 && state.Results.Find(session, number) is { } kept; number--)
        {
            value = unchecked((((value * 31) + kept.Zxid.Value) * 31) + (int)kept.Error);
            foreach (var b in kept.Body.Span)
            {
                value = unchecked((value * 31) + b);
            }
        }

        return StateFact.OfResults(session, last, value);
    }

    private static void Collect(NodeRef node, List<StateFact> facts)
    {
        var path = Encoding.UTF8.GetString(node.Path);
        if (!StateFact.IsOwn(path))
        {
            var s = node.Stat;
            var stat = new NodeStat(
                s.Czxid, s.Mzxid, s.Ctime, s.Mtime, s.Version, s.CVersion, s.AVersion, s.EphemeralOwner, s.DataLength, s.NumChildren, s.Pzxid);
            facts.Add(new StateFact(path, stat, Frames.Value(node.Data)));
        }

        foreach (var child in node.Children)
        {
            Collect(child, facts);
        }
    }
}
