using GrainKeeper.Core;
using GrainKeeper.Core.AtomicCommit;
using Microsoft.Extensions.Logging;

namespace GrainKeeper.Grains.Transactions;

/// <content>Carries out effects.</content>
internal sealed partial class CommitHost
{
    private const int MaxPause = 5_000;

    private void Carry(HostedParty party, CommitMachine machine, CommitEffect effect)
    {
        switch (effect)
        {
            case CommitEffect.Trace trace:
                _timelines.Add(party.Key.Id, trace.Entry);
                break;
            case CommitEffect.Send send:
                _context.Router.Send(new CommitDelivery(party.Protocol, send.Envelope), CommitMachines.TermsOf(machine));
                break;
            case CommitEffect.ForceLog force:
                _ = ForceAsync(party, machine, _log!, force);
                break;
            case CommitEffect.AppendLog append:
                _log!.Append(append.Entry);
                break;
            case CommitEffect.Prepare prepare:
                party.Blank = false;
                _ = PrepareAsync(party, machine, prepare);
                break;
            case CommitEffect.Apply apply:
                _ = FinishAsync(party, machine, resource => resource.ApplyAsync(party.Key.Id, party.Life, apply.Redo));
                break;
            case CommitEffect.Undo undo:
                _ = FinishAsync(party, machine, resource => resource.UndoAsync(party.Key.Id, party.Life, undo.Before));
                break;
            case CommitEffect.Decided decided:
                GrainKeeperMetrics.TransactionDecided(machine, decided.Decision);
                if (party.Blank && machine is ParticipantMachine && decided.Decision == Decision.Abort && _context.Resources.Find(party.Key.Party.Participant) is { } abandoned)
                {
                    _ = ReleaseAsync(abandoned, party);
                }

                break;
            case CommitEffect.Miss miss:
                _ = LookForAsync(party, machine, miss.Participants);
                break;
            case CommitEffect.Completed completed:
                party.Outcome = completed.Outcome;
                Tell(party, completed.Outcome);
                break;
            case CommitEffect.Contradiction contradiction:
                GrainKeeperMetrics.TransactionContradicted();
                Logger.LogError(
                    "Transaction {Id}: {Party} has decided {Own}, and {Other} says {Decision}. The participants disagree for good, and only people can mend it: compare what they hold (docs/atomic-commit.md)",
                    party.Key.Id,
                    party.Key.Party,
                    contradiction.Own,
                    contradiction.From,
                    contradiction.Other);
                break;
            case CommitEffect.Restart restart:
                Logger.LogWarning("Transaction {Id}: {Party} starts again: {Reason}", party.Key.Id, party.Key.Party, restart.Reason);
                party.Machine = null;
                party.StartsAgain = true;
                Read(party);
                break;
            case CommitEffect.Forget:
                Remove(party);
                _log!.Forget(party.Key);
                break;
            default:
                throw new InvariantViolationException($"unknown effect {effect.GetType().Name}");
        }
    }

    private async Task ForceAsync(HostedParty party, CommitMachine machine, ICommitLog log, CommitEffect.ForceLog force)
    {
        var outcome = CommitLogOutcome.Unknown;
        try
        {
            outcome = await log.WriteAsync(force.Entry).WaitAsync(TimeSpan.FromMilliseconds(Options.LogPatience));
        }
        catch (Exception e)
        {
            // Whatever it is, nobody knows what the log holds now.
            Logger.LogWarning("Transaction {Id}: the log does not say whether '{Record}' is durable: {Problem}", party.Key.Id, force.Entry.Record.Describe(), e.Message);
        }

        Queue.Add(new CommitNews.Written(party, machine, force.Token, outcome == CommitLogOutcome.Durable));
    }

    private async Task PrepareAsync(HostedParty party, CommitMachine machine, CommitEffect.Prepare prepare)
    {
        CommitInput.ResourcePrepared answer;
        if (_context.Resources.Find(party.Key.Party.Participant) is { } resource)
        {
            try
            {
                answer = resource is ILastingResource lasting
                    ? await lasting.PrepareAsync(party.Key.Id, prepare.Mark, prepare.Payload, prepare.LockWait)
                    : await resource.PrepareAsync(party.Key.Id, party.Life, prepare.Payload, prepare.LockWait);
            }
            catch (Exception e)
            {
                answer = No($"{e.GetType().Name}: {e.Message}");
                _ = ReleaseAsync(resource, party);
            }
        }
        else
        {
            answer = No($"no participant '{party.Key.Party}' is known on server {_context.Server}: register its kind on all servers");
        }

        Queue.Add(new CommitNews.Answered(party, machine, answer));
    }

    // The call may have arrived although its answer did not.
    private async Task ReleaseAsync(ICommitResource resource, HostedParty party)
    {
        try
        {
            await resource.UndoAsync(party.Key.Id, party.Life, ReadOnlyMemory<byte>.Empty);
        }
        catch (Exception e)
        {
            Logger.LogDebug(e, "Transaction {Id}: the resource that did not prepare it does not answer either when it is to be freed", party.Key.Id);
        }
    }

    private async Task FinishAsync(HostedParty party, CommitMachine machine, Func<ICommitResource, Task> finish)
    {
        for (var pause = 20; !party.Gone && !_dead && party.Machine == machine; pause = Math.Min(pause * 2, MaxPause))
        {
            try
            {
                if (_context.Resources.Find(party.Key.Party.Participant) is { } resource)
                {
                    await finish(resource);
                    Queue.Add(new CommitNews.Answered(party, machine, new CommitInput.ResourceFinished()));
                    return;
                }

                Logger.LogError("Transaction {Id} is decided, but no participant '{Participant}' is known on server {Server}: register its kind on all servers", party.Key.Id, party.Key.Party, _context.Server);
            }
            catch (Exception e)
            {
                Logger.LogWarning("Transaction {Id} is decided, but {Participant} does not carry it out, and is asked again: {Problem}", party.Key.Id, party.Key.Party, e.Message);
            }

            await Task.Delay(pause, Stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            if (Stopping.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task LookForAsync(HostedParty party, CommitMachine machine, IReadOnlyList<ParticipantId> missing)
    {
        if (party.Asking || _context.WhyGone is not { } whyGone)
        {
            return;
        }

        party.Asking = true;
        foreach (var participant in missing)
        {
            try
            {
                if (await whyGone(participant) is { } reason)
                {
                    Logger.LogWarning(
                        "Transaction {Id} is decided {Decision}, and {Participant} is gone for good, with all that it had prepared: {Reason}. {Party} tells it no more",
                        party.Key.Id,
                        machine.Decision,
                        participant,
                        reason,
                        party.Key.Party);
                    Queue.Add(new CommitNews.Answered(party, machine, new CommitInput.Gone(participant, reason)));
                }
            }
            catch (Exception e)
            {
                // The next repetition asks again.
                Logger.LogDebug("Transaction {Id}: whether {Participant} still exists cannot be said: {Problem}", party.Key.Id, participant, e.Message);
            }
        }

        party.Asking = false;
    }

    private void Read(HostedParty party)
    {
        if (!party.Reading)
        {
            party.Reading = true;
            _ = ReadAsync(party, _log!);
        }
    }

    private async Task ReadAsync(HostedParty party, ICommitLog log)
    {
        IReadOnlyList<CommitRecord>? records = null;
        try
        {
            records = await log.ReadAsync(party.Key).WaitAsync(TimeSpan.FromMilliseconds(Options.LogPatience));
            if (party is { StartsAgain: true, Key.Party.Kind: PartyKind.Participant } && records?.Any(r => r is CommitRecord.Prepared) == false)
            {
                // Before there is a machine that may have it prepared again: what frees the old locks must not free the new ones.
                await FreeAsync(party);
            }
        }
        catch (Exception e)
        {
            Logger.LogWarning("Transaction {Id}: the records of {Party} cannot be read: {Problem}", party.Key.Id, party.Key.Party, e.Message);
        }

        Queue.Add(new CommitNews.WasRead(party, records));
    }

    private async Task FreeAsync(HostedParty party)
    {
        if (_context.Resources.Find(party.Key.Party.Participant) is { } resource)
        {
            await resource.UndoAsync(party.Key.Id, party.Life, ReadOnlyMemory<byte>.Empty);
        }
    }

    private void GoOn(HostedParty party, IReadOnlyList<CommitRecord>? records)
    {
        if (party.Gone)
        {
            return;
        }

        party.Reading = false;
        if (records is null)
        {
            // Perhaps it has ceased to lead and is about to hear so; until then the party is nobody's.
            _ = ReadLaterAsync(party);
            return;
        }

        party.StartsAgain = false;
        party.Records = records;
        Make(party, mayBegin: false);
        if (party.Submitted is { } request)
        {
            party.Submitted = null;
            Step(party, new CommitInput.Submit(request));
        }

        var waiting = party.Waiting.ToArray();
        party.Waiting.Clear();
        foreach (var delivery in waiting)
        {
            if (!party.Gone)
            {
                Deliver(party, delivery);
            }
        }
    }

    private async Task ReadLaterAsync(HostedParty party)
    {
        await Task.Delay(100, Stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        Queue.Add(new CommitNews.Asked(() =>
        {
            if (!party.Gone && _log is not null)
            {
                Read(party);
            }
        }));
    }

    private static void Tell(HostedParty party, Outcome? outcome)
    {
        foreach (var caller in party.Callers)
        {
            caller.TrySetResult(outcome);
        }

        party.Callers.Clear();
    }

    private static CommitInput.ResourcePrepared No(string reason) => new(Vote.No(reason), ReadOnlyMemory<byte>.Empty, ReadOnlyMemory<byte>.Empty);
}
