using GrainKeeper.Contracts.Transactions;
using GrainKeeper.Core.AtomicCommit;
using Microsoft.Extensions.Logging;

namespace GrainKeeper.Grains.Transactions;

/// <content>What callers ask. All methods may be called from any thread.</content>
internal sealed partial class CommitHost
{
    private const int ResolvePause = 20;
    private readonly Dictionary<ParticipantId, Guid> _claims = [];

    /// <summary>Allots an id.</summary>
    public Task<TransactionAnswer> AllotAsync() => InvokeAsync(() =>
    {
        if (_ids is null)
        {
            return NotLeader();
        }

        var id = _ids.Next();
        _allotted.Enqueue(id);
        _notBegun.Add(id);
        while (_allotted.Count > MaxAllotted)
        {
            _notBegun.Remove(_allotted.Dequeue());
        }

        return TransactionAnswer.Of(TransactionStatus.Allotted, id.ToString()) with { AskWithin = Options.Commit.Retention / 2 };
    });

    /// <summary>Runs a transaction, once, and waits for its outcome.</summary>
    public async Task<TransactionAnswer> SubmitAsync(TransactionId id, TransactionRequest request, int wait)
    {
        var caller = new TaskCompletionSource<Outcome?>(TaskCreationOptions.RunContinuationsAsynchronously);
        return await InvokeAsync(() => Submit(id, request, caller)) ?? await WaitAsync(id, caller, wait);
    }

    /// <summary>The outcome of a transaction, or how far it is.</summary>
    public async Task<TransactionAnswer> AskAsync(TransactionId id, int wait)
    {
        var caller = new TaskCompletionSource<Outcome?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var answer = await InvokeAsync(() =>
        {
            if (_log is null)
            {
                return NotLeader();
            }

            if (!_parties.TryGetValue(new PartyKey(id, CommitParty.Coordinator), out var party))
            {
                return Unknown(id);
            }

            var known = AnswerOf(party);
            if (known.Status == TransactionStatus.Running && wait > 0)
            {
                party.Callers.Add(caller);
                return null;
            }

            return known;
        });
        return answer ?? await WaitAsync(id, caller, wait);
    }

    /// <summary>The parties here, the unfinished ones first, then by age.</summary>
    public Task<TransactionSummary[]> ListAsync(int limit) => InvokeAsync(() => _parties.Values
        .OrderBy(p => p.Finished).ThenBy(p => p.Since)
        .Take(Math.Clamp(limit, 1, 10_000))
        .Select(p => new TransactionSummary(
            p.Key.Id.ToString(),
            _context.Server,
            p.Key.Party.ToString(),
            (int)p.Protocol,
            p is { Machine: null, Finished: true } ? "Aborted" : CommitMachines.StateOf(p.Machine),
            p.Machine is ParticipantMachine { IsInDoubt: true },
            p.Finished,
            p.Since,
            [.. p.Terms?.Participants.Select(t => t.Name) ?? []])
        {
            Host = _context.Home ?? string.Empty,
            Decision = (int)(p.Machine?.Decision ?? 0),
            ByHand = p.Machine is ParticipantMachine { IsByHand: true },
        })
        .ToArray());

    /// <summary>What the parties here have seen of a transaction.</summary>
    public Task<TransactionLine[]> ShowAsync(TransactionId id) => InvokeAsync(() => _timelines.Of(id));

    /// <summary>Decides by hand for a participant in doubt.</summary>
    public async Task<TransactionAnswer> ResolveAsync(TransactionId id, ParticipantId participant, Decision decision)
    {
        var refused = await InvokeAsync(() => Resolve(id, participant, decision));
        for (var until = Environment.TickCount64 + Options.CallTimeout; refused is null; await Task.Delay(ResolvePause))
        {
            var decided = await InvokeAsync(() => _parties.TryGetValue(new PartyKey(id, CommitParty.Of(participant)), out var party) ? party.Machine?.Decision : null);
            if (decided is not null || Environment.TickCount64 >= until)
            {
                var status = decided switch { Decision.Commit => TransactionStatus.Committed, Decision.Abort => TransactionStatus.Aborted, _ => TransactionStatus.InDoubt };
                return TransactionAnswer.Of(status, id.ToString(), decided is null ? "the decision is being written: look at the list of transactions" : string.Empty);
            }
        }

        return refused;
    }

    private TransactionAnswer? Resolve(TransactionId id, ParticipantId participant, Decision decision)
    {
        if (_log is null)
        {
            return NotLeader();
        }

        if (!_parties.TryGetValue(new PartyKey(id, CommitParty.Of(participant)), out var party) || party.Machine is not (null or ParticipantMachine { IsInDoubt: true }))
        {
            return TransactionAnswer.Of(TransactionStatus.Refused, id.ToString(), $"{participant} is not in doubt about {id} on this server: look at the list of transactions");
        }

        if (party.Machine is null)
        {
            return TransactionAnswer.Of(TransactionStatus.NotLeader, id.ToString(), $"this server is still reading its records of {id}: ask again");
        }

        Logger.LogWarning("Transaction {Id}: the administrator decides {Decision} by hand for {Participant}. If the protocol decides otherwise, the participants disagree for good", id, decision, participant);
        Step(party, new CommitInput.Resolve(decision));
        return null;
    }

    /// <summary>A participant's grain claims its part, and learns what it must hold.</summary>
    public Task<ParticipantHoldings> HoldAsync(ParticipantId participant, Guid activation, bool fresh, IReadOnlyList<TransactionId> held) => InvokeAsync(() =>
    {
        if (_log is null)
        {
            return ParticipantHoldings.Of(TransactionStatus.NotLeader, "this server does not lead the tree that keeps the participant's records");
        }

        var isKnown = _claims.TryGetValue(participant, out var claimed);
        if (!fresh && isKnown && claimed != activation)
        {
            return ParticipantHoldings.Of(TransactionStatus.Refused, "another activation of the grain has claimed since");
        }

        if (_claims.Count >= Options.MaxParties && !isKnown)
        {
            return ParticipantHoldings.Of(TransactionStatus.Overloaded, $"{Options.MaxParties} participants are known here: raise transactions.maxParties");
        }

        _claims[participant] = activation;
        var mine = CommitParty.Of(participant);
        var prepared = new List<HeldTransaction>();
        foreach (var party in _parties.Values.Where(p => p.Key.Party == mine))
        {
            if (party.Machine is ParticipantMachine { Holds: true } machine)
            {
                prepared.Add(new HeldTransaction(party.Key.Id.ToString(), machine.Redo.ToArray(), machine.Undo.ToArray()));
            }
            else if (isKnown && claimed != activation && party.Machine is ParticipantMachine { State: ParticipantState.Preparing })
            {
                party.ClaimVoid = true;
            }
        }

        var over = held.Where(id => !_parties.TryGetValue(new PartyKey(id, mine), out var party) || party.Finished).Select(id => id.ToString());
        return new ParticipantHoldings(TransactionStatus.Done, string.Empty, [.. over], [.. prepared]) { Life = _incarnation };
    });

    /// <summary>What a participant here knows of transactions.</summary>
    /// <returns>For each its part, or null when there is none; null when the leadership is over.</returns>
    public Task<HeldPart?[]?> PartsAsync(ParticipantId participant, long incarnation, IReadOnlyList<TransactionId> ids) => InvokeAsync(() => _log is null || _incarnation != incarnation
        ? null
        : ids.Select(id => _parties.TryGetValue(new PartyKey(id, CommitParty.Of(participant)), out var party)
            ? new HeldPart(party.Finished, party.Machine?.Decision, (party.Machine as ParticipantMachine)?.Redo ?? default, CommitMachines.StateOf(party.Machine))
            : null).ToArray());

    /// <summary>The activation of a participant's grain that has claimed its part last; empty when none has.</summary>
    public Task<Guid> ClaimOfAsync(ParticipantId participant) => InvokeAsync(() => _claims.GetValueOrDefault(participant));

    private TransactionAnswer? Submit(TransactionId id, TransactionRequest request, TaskCompletionSource<Outcome?> caller)
    {
        if (_log is null || _ids is null || id.Incarnation > _incarnation)
        {
            return NotLeader();
        }

        var key = new PartyKey(id, CommitParty.Coordinator);
        if (!_parties.TryGetValue(key, out var party))
        {
            if (id.Incarnation == _incarnation && !_notBegun.Contains(id))
            {
                return Unknown(id);
            }

            if (_parties.Count >= Options.MaxParties)
            {
                return TransactionAnswer.Of(
                    TransactionStatus.Overloaded, id.ToString(), $"{_parties.Count} parties of transactions are hosted here, at most {Options.MaxParties}: wait until older ones are forgotten, or raise transactions.maxParties");
            }

            party = Add(key, request.Terms.Protocol);
            if (_notBegun.Remove(id))
            {
                Make(party, mayBegin: true);
            }
            else
            {
                // What it has to say it would say from its lack of memory.
                Read(party);
            }
        }
        else if (party.Protocol != request.Terms.Protocol || (party.Terms is { } terms && !IsSame(terms, request.Terms)))
        {
            return TransactionAnswer.Of(TransactionStatus.Refused, id.ToString(), "another transaction was submitted under this id: allot one for each");
        }

        if (party.Gone || _dead)
        {
            return NotLeader();
        }

        party.Callers.Add(caller);
        if (party.Machine is null)
        {
            party.Submitted = request;
            return null;
        }

        Step(party, new CommitInput.Submit(request));
        var answer = AnswerOf(party);
        return answer.Status is TransactionStatus.Running or TransactionStatus.Unknown ? null : answer;
    }

    // A coordinator that goes on from its log knows of those only that voted Yes.
    private static bool IsSame(TransactionTerms known, TransactionTerms submitted) =>
        known.Protocol == submitted.Protocol && known.Acceptors == submitted.Acceptors && known.Sites.SequenceEqual(submitted.Sites) && known.Participants.All(p => submitted.IndexOf(p) >= 0);

    private async Task<TransactionAnswer> WaitAsync(TransactionId id, TaskCompletionSource<Outcome?> caller, int wait)
    {
        var done = await Task.WhenAny(caller.Task, Task.Delay(Math.Clamp(wait, 0, TransactionSubmission.MaxWait), Stopping));
        if (done != caller.Task)
        {
            return await InvokeAsync(() =>
            {
                if (_parties.TryGetValue(new PartyKey(id, CommitParty.Coordinator), out var party))
                {
                    party.Callers.Remove(caller);
                    return AnswerOf(party);
                }

                return _log is null ? NotLeader() : Unknown(id);
            });
        }

        return caller.Task.Result is { } outcome
            ? AnswerOf(id, outcome)
            : TransactionAnswer.Of(TransactionStatus.NotLeader, id.ToString(), "the server has ceased to lead the home tree: ask its next leader");
    }

    private static TransactionAnswer AnswerOf(HostedParty party) => (party.Machine?.Decision, party.Outcome) switch
    {
        (null, Outcome.InDoubt doubt) => AnswerOf(party.Key.Id, doubt),
        (null, _) => TransactionAnswer.Of(
            party.Machine is CoordinatorMachine { State: CoordinatorState.WithoutMemory } ? TransactionStatus.Unknown : TransactionStatus.Running, party.Key.Id.ToString()),
        (_, Outcome.Aborted or Outcome.Committed) => AnswerOf(party.Key.Id, party.Outcome),
        (Decision.Commit, _) => AnswerOf(party.Key.Id, new Outcome.Committed()),
        _ => AnswerOf(party.Key.Id, new Outcome.Aborted([], "decided before the coordinator started again")),
    };

    private static TransactionAnswer AnswerOf(TransactionId id, Outcome outcome) => outcome switch
    {
        Outcome.Committed => TransactionAnswer.Of(TransactionStatus.Committed, id.ToString()),
        Outcome.Aborted a => new TransactionAnswer(TransactionStatus.Aborted, id.ToString(), a.Reason, [.. a.Votes.Select(v => new TransactionNo(v.Participant.Name, v.Reason))], 0),
        Outcome.InDoubt d => TransactionAnswer.Of(TransactionStatus.InDoubt, id.ToString(), d.Reason),
        _ => throw new Core.InvariantViolationException($"unknown outcome {outcome.GetType().Name}"),
    };

    private static TransactionAnswer NotLeader() =>
        TransactionAnswer.Of(TransactionStatus.NotLeader, reason: "this server does not lead the home tree of the transaction: ask its leader");

    private static TransactionAnswer Unknown(TransactionId id) =>
        TransactionAnswer.Of(TransactionStatus.Unknown, id.ToString(), "nothing is known of it here: it never began, or is over and forgotten, or its coordinator has started again and only a repeated submission finds out");

    private async Task<T> InvokeAsync<T>(Func<T> act)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        void Act()
        {
            try
            {
                answer.TrySetResult(act());
            }
            catch (Exception e)
            {
                answer.TrySetException(e);
                throw;
            }
        }

        if (!Queue.Add(new CommitNews.Asked(Act)))
        {
            // The pump has ended, or ends: everything it held is gone.
            return act();
        }

        return await answer.Task;
    }
}
