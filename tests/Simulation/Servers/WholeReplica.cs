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
    /// <inheritdoc/>
    public long? NextDeadline => core.NextDeadline;

    /// <inheritdoc/>
    public ReplicaStatus Status => core.Status;

    /// <inheritdoc/>
    public void Step(ReplicaInput input, Now now, List<Effect> effects) => core.Step(input, now, effects);

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

        return facts;
    }

    private static void Collect(NodeRef node, List<StateFact> facts)
    {
        var path = Encoding.UTF8.GetString(node.Path);
        if (!StateFact.IsOwn(path))
        {
            var s = node.Stat;
            var stat = new NodeStat(
                s.Czxid, s.Mzxid, s.Ctime, s.Mtime, s.Version, s.CVersion, s.AVersion, s.EphemeralOwner, s.DataLength, s.NumChildren, s.Pzxid);
            facts.Add(new StateFact(path, stat, Frames.Value(node.Data.Span)));
        }

        foreach (var child in node.Children)
        {
            Collect(child, facts);
        }
    }
}
