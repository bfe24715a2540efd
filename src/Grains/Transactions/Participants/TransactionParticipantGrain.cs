using GrainKeeper.Contracts;
using GrainKeeper.Contracts.Servers;
using GrainKeeper.Contracts.Transactions;
using GrainKeeper.Core.AtomicCommit;
using Microsoft.Extensions.DependencyInjection;

namespace GrainKeeper.Grains.Transactions.Participants;

/// <summary>
/// A user's grain that takes part in transactions. Derive from it and write <see cref="Validate"/>, <see cref="Apply"/> and, if validating changes something, <see cref="Undo"/>. Votes, redo and undo, and
/// decisions are kept in the log of the kind's tree by the leader of that tree, which calls this grain; the state is kept in the grain storage that the host has configured, together with the ids
/// of what is in it. One transaction at a time holds the grain; others wait, and are then told whom they waited for.
/// </summary>
/// <remarks>
/// Of two activations of the grain only the one that has claimed its part last is believed; it has taken the locks of all that is prepared, and has read the state after that. What the other
/// one writes fails at the storage's etag, so the storage must check it, as Orleans' own do.
/// </remarks>
/// <typeparam name="TState">The state.</typeparam>
/// <param name="storage">The grain's storage.</param>
public abstract class TransactionParticipantGrain<TState>(IPersistentState<ParticipantRecord<TState>> storage) : Grain, ITransactionParticipant
    where TState : class, new()
{
    private const int MaxFinished = 1_000;
    private const int MaxEnded = 10_000;
    private static readonly TimeSpan RefreshInterval = TimeSpan.FromSeconds(1);

    private readonly Guid _activation = Guid.NewGuid();
    private readonly Dictionary<string, (ParticipantAnswer Answer, long Life)> _held = new(StringComparer.Ordinal);
    private readonly HashSet<string> _ended = new(StringComparer.Ordinal);
    private readonly Queue<string> _endedOrder = new();
    private readonly Turns _storing = new();
    private readonly Turns _claiming = new();
    private TaskCompletionSource _freed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TransactionServers _servers = null!;
    private ParticipantSigner _signer = null!;
    private IGrainTimer? _refresh;
    private ParticipantId _participant;
    private bool _claimed;

    /// <summary>The kind under which the host has registered this class: the participant's name is <c>kind.key</c>.</summary>
    protected abstract string Kind { get; }

    /// <summary>What is committed. Change it in <see cref="Apply"/> only.</summary>
    protected TState State => storage.State.State;

    /// <summary>The transaction that holds the grain, or null.</summary>
    protected string? Holder => _held.Keys.FirstOrDefault();

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _servers = ServiceProvider.GetRequiredService<TransactionServers>();
        _signer = ServiceProvider.GetRequiredService<ParticipantSigner>();
        _participant = new ParticipantId($"{Kind}.{this.GetPrimaryKeyString()}");
        return _participant.IsValid
            ? Task.CompletedTask
            : throw new FormatException($"'{_participant}' cannot name a participant: kind and key have at most {ParticipantId.MaxLength} characters of a-z A-Z 0-9 . _ - together");
    }

    /// <inheritdoc/>
    public async Task<ParticipantAnswer> PrepareTransaction(ParticipantCall call, byte[] operations, int lockWaitMilliseconds)
    {
        var id = Check(call);
        if (operations is null || operations.Length > TransactionRequest.MaxPayload)
        {
            return No("the operations are missing or too long");
        }

        if ((!_claimed || call.Claimed != _activation) && await ClaimAsync() is { } problem)
        {
            return No(problem);
        }

        var until = Environment.TickCount64 + Math.Clamp(lockWaitMilliseconds, 0, 3_600_000);
        while (Holder is { } holder && !_held.ContainsKey(id))
        {
            var left = until - Environment.TickCount64;
            if (left <= 0)
            {
                return No($"{id} waits for {holder}, which holds {_participant}");
            }

            await Task.WhenAny(_freed.Task, Task.Delay(TimeSpan.FromMilliseconds(left)));
        }

        if (_held.TryGetValue(id, out var held))
        {
            _held[id] = (held.Answer, Math.Max(held.Life, call.Life));
            return held.Answer;
        }

        if (!_claimed || _ended.Contains(id) || storage.State.Finished.Contains(id))
        {
            return No($"{id} is over, or {_participant} was claimed by another activation meanwhile");
        }

        var vote = Validate(id, State, operations);
        var answer = new ParticipantAnswer((int)vote.Kind, vote.Reason, vote.Redo.ToArray(), vote.Undo.ToArray(), _activation);
        if (vote.Kind == VoteKind.Yes)
        {
            Hold(id, answer, call.Life);
        }

        return answer;
    }

    /// <inheritdoc/>
    public Task ApplyTransaction(ParticipantCall call, byte[] redo) => FinishAsync(Check(call), state => Apply(state, redo));

    /// <inheritdoc/>
    public Task UndoTransaction(ParticipantCall call, byte[] undo)
    {
        var id = Check(call);
        if (_held.TryGetValue(id, out var held) && call.Life < held.Life)
        {
            // From a leader that has been replaced: its successor has prepared the same transaction, and may have the vote in its log.
            return Task.CompletedTask;
        }

        if (undo is { Length: > 0 })
        {
            return FinishAsync(id, state => Undo(state, undo));
        }

        Free(id);
        return Task.CompletedTask;
    }

    /// <summary>Says whether the operations can be done, and how to commit them. Must change nothing.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="state">The state.</param>
    /// <param name="operations">What to do.</param>
    protected abstract ParticipantVote Validate(string transaction, TState state, ReadOnlyMemory<byte> operations);

    /// <summary>Changes the state as the transaction wants it. It is stored when this returns.</summary>
    /// <param name="state">The state.</param>
    /// <param name="redo">As given by <see cref="Validate"/>.</param>
    protected abstract void Apply(TState state, ReadOnlyMemory<byte> redo);

    /// <summary>Takes back what <see cref="Validate"/> has done. Called only with an undo that is not empty.</summary>
    /// <param name="state">The state.</param>
    /// <param name="undo">As given by <see cref="Validate"/>.</param>
    protected virtual void Undo(TState state, ReadOnlyMemory<byte> undo)
    {
    }

    private string Check(ParticipantCall call) =>
        _signer.IsProven(call) && call.Participant == _participant.Name && TransactionId.TryParse(call.Transaction, out _)
            ? call.Transaction
            : throw new UnauthorizedAccessException($"the call does not prove that a server of this ensemble makes it for {_participant}: clients submit transactions instead");

    private async Task FinishAsync(string id, Action<TState> change)
    {
        await _storing.RunAsync(async () =>
        {
            if (storage.State.Finished.Contains(id))
            {
                return false;
            }

            try
            {
                change(State);
                storage.State.Finished.Add(id);
                if (storage.State.Finished.Count > MaxFinished)
                {
                    storage.State.Finished.RemoveAt(0);
                }

                await storage.WriteStateAsync();
                return true;
            }
            catch
            {
                // Nobody knows what is stored now, perhaps by another activation. The next one reads it; the server calls again.
                _claimed = false;
                DeactivateOnIdle();
                throw;
            }
        });
        Free(id);
    }

    /// <returns>Why it has no claim; null when it has.</returns>
    private Task<string?> ClaimAsync() => _claiming.RunAsync(async () =>
    {
        if (_servers.Kinds.LogTreeOf(_participant) is not { } tree || _servers.LeaderOf(tree) is not { } leader)
        {
            return $"{_participant}: its kind is not registered here, or nobody leads the tree that keeps its records";
        }

        try
        {
            var claim = new ParticipantClaim(_signer.Call(_participant.Name, string.Empty), _activation, !_claimed, [.. _held.Keys]);
            var holdings = await GrainFactory.GetGrain<ITransactionGrain>(ServerGrainKey.Format(tree, leader)).HoldTransactions(claim).WaitAsync(_servers.CallTimeout);
            if (holdings.Status == TransactionStatus.Refused)
            {
                _claimed = false;
                DeactivateOnIdle();
            }

            if (holdings.Status != TransactionStatus.Done)
            {
                return holdings.Reason;
            }

            await _storing.RunAsync(() => TakeAsync(holdings));
            _claimed = true;
            return null;
        }
        catch (Exception e) when (e is TimeoutException or OrleansException or ServerUnavailableException)
        {
            return $"{_participant} cannot claim its part: {e.Message}";
        }
    });

    private async Task<bool> TakeAsync(ParticipantHoldings holdings)
    {
        // Another activation may have stored something since: also what is over now.
        await storage.ReadStateAsync();
        foreach (var prepared in holdings.Prepared)
        {
            if (!storage.State.Finished.Contains(prepared.Transaction))
            {
                Hold(prepared.Transaction, new ParticipantAnswer((int)VoteKind.Yes, string.Empty, prepared.Redo, prepared.Undo, _activation), holdings.Life);
            }
        }

        foreach (var over in holdings.Over)
        {
            Free(over);
        }

        return true;
    }

    private void Hold(string id, ParticipantAnswer answer, long life)
    {
        if (!_ended.Contains(id))
        {
            _held[id] = (answer, life);
            _refresh ??= this.RegisterGrainTimer(
                static (grain, _) => grain.RefreshAsync(), this, new GrainTimerCreationOptions(RefreshInterval, RefreshInterval) { KeepAlive = true, Interleave = true });
        }
    }

    private void Free(string id)
    {
        if (_ended.Add(id))
        {
            _endedOrder.Enqueue(id);
            if (_endedOrder.Count > MaxEnded)
            {
                _ended.Remove(_endedOrder.Dequeue());
            }
        }

        if (_held.Remove(id) && _held.Count == 0)
        {
            _refresh?.Dispose();
            _refresh = null;
            _freed.TrySetResult();
            _freed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    // A server may have died between its question and the record of the answer: nobody else would free the lock.
    private async Task RefreshAsync()
    {
        if (_held.Count > 0)
        {
            await ClaimAsync();
        }
    }

    private ParticipantAnswer No(string reason) => new((int)VoteKind.No, reason, [], [], _activation);
}
