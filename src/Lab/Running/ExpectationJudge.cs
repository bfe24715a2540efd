using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;
using GrainKeeper.Lab.Clients;
using GrainKeeper.Lab.Commits;
using GrainKeeper.Lab.Ensemble;
using GrainKeeper.Lab.Scenarios;

namespace GrainKeeper.Lab.Running;

/// <summary>Compares what a scenario expects with what is.</summary>
internal sealed class ExpectationJudge(
    IReadOnlyDictionary<string, LabServer> servers,
    IReadOnlyDictionary<string, LabClient> clients,
    IReadOnlyDictionary<string, CommitProcess> processes,
    CommitCircle? circle)
{
    /// <summary>Judges.</summary>
    /// <returns>Whether it holds, and what is.</returns>
    internal (bool Held, string Found) Judge(Expectation expectation)
    {
        switch (expectation)
        {
            case Expectation.Leader leader:
                return (Leaders().SequenceEqual(leader.Server is null ? [] : [leader.Server]), TellLeaders());
            case Expectation.SomeLeader:
                return (Leaders().Count == 1, TellLeaders());
            case Expectation.Epoch epoch:
                return Leaders() is [var only]
                    ? (servers[only].Status!.CurrentEpoch.Value == epoch.Number, $"server {only} leads in epoch {servers[only].Status!.CurrentEpoch}")
                    : (false, TellLeaders());
            case Expectation.State state:
                var word = servers.TryGetValue(state.Name, out var server) ? StateOf(server) : StateOf(processes[state.Name]);
                return (word == state.Word, $"{state.Name} is {word}");
            case Expectation.Node node:
                var data = servers[node.Server].Read(node.Path);
                return (data == node.Data, data is null ? $"server {node.Server} holds no {node.Path}" : $"server {node.Server} holds {node.Path} = {data}");
            case Expectation.Same:
                return JudgeSame();
            case Expectation.Client client:
                var known = clients[client.Name];
                var error = known.Outcome == ClientOutcome.Refused ? $" {known.Error}" : string.Empty;
                return (known.Outcome == client.Outcome && (client.Error.Length == 0 || client.Error == known.Error.ToString()), $"{client.Name} knows: {known.Outcome.ToString().ToLowerInvariant()}{error}");
            case Expectation.ReadBy read:
                return (clients[read.Name].LastRead == read.Data, $"{read.Name} has read {clients[read.Name].LastRead ?? "nothing"}");
            default:
                return JudgeCommit(expectation);
        }
    }

    private (bool Held, string Found) JudgeCommit(Expectation expectation)
    {
        switch (expectation)
        {
            case Expectation.Locked locked:
                var holder = processes[locked.Name].Resource.Holder;
                return ((holder is not null) == locked.Held, holder is null ? $"{locked.Name} is not locked" : $"{locked.Name} is locked by {holder.Name}");
            case Expectation.Value value:
                var shown = processes[value.Name].Resource.Value;
                return (shown == value.Data, $"{value.Name} shows {shown ?? "none"}");
            case Expectation.Caller caller:
                var told = circle!.Find(caller.Transaction)?.Outcome switch
                {
                    Outcome.Committed => "committed",
                    Outcome.Aborted => "aborted",
                    Outcome.InDoubt => "in-doubt",
                    _ => "nothing",
                };
                return (told == caller.Word, $"the caller of {caller.Transaction} was told: {told}");
            case Expectation.Split split:
                var isSplit = circle?.IsSplit ?? false;
                return (isSplit == split.IsSplit, isSplit ? "parties have decided differently" : "nobody has decided differently from another");
            default:
                throw new InvalidOperationException($"no rule for {expectation}");
        }
    }

    private List<string> Leaders() =>
        [.. servers.Values.Where(s => s.Status is { Role: ZabRole.Leading, Phase: ZabPhase.Broadcast }).Select(s => s.Name)];

    private string TellLeaders() => Leaders() switch
    {
        [] => "no server leads",
        [var only] => $"server {only} leads",
        var several => $"servers {string.Join(", ", several)} lead",
    };

    private static string StateOf(LabServer server) => server.Status is { } status ? status.Role.ToString().ToLowerInvariant() : "down";

    private static string StateOf(CommitProcess process)
    {
        if (!process.Running)
        {
            return "down";
        }

        return process.Participant is { } participant
            ? participant.State switch
            {
                ParticipantState.Prepared or ParticipantState.PreCommitted => "in-doubt",
                ParticipantState.Committed => "committed",
                ParticipantState.Aborted => "aborted",
                ParticipantState.Initial => "initial",
                _ => "preparing",
            }
            : process.Coordinating?.State switch
            {
                CoordinatorState.Committed => "committed",
                CoordinatorState.Aborted => "aborted",
                null or CoordinatorState.Initial or CoordinatorState.WithoutMemory => "initial",
                _ => "preparing",
            };
    }

    private (bool Held, string Found) JudgeSame()
    {
        LabServer[] running = [.. servers.Values.Where(s => s.Running)];
        var ends = running.Select(s => s.Status?.LastApplied ?? Zxid.Zero).Distinct().ToArray();
        return ends.Length <= 1
            ? (true, $"all servers that run are at {ends.FirstOrDefault()}")
            : (false, string.Join(", ", running.Select(s => $"server {s.Name} is at {s.Status?.LastApplied}")));
    }
}
