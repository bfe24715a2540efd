using GrainKeeper.Contracts.Transactions;
using GrainKeeper.Core.AtomicCommit;

namespace GrainKeeper.Grains.Transactions.Participants;

/// <summary>A user's grain as a resource.</summary>
/// <param name="participant">The participant.</param>
/// <param name="grain">The grain.</param>
/// <param name="signer">Proves that a server calls.</param>
/// <param name="claimOf">Which activation of the grain has claimed its part last.</param>
/// <param name="callTimeout">How long a call may take.</param>
internal sealed class GrainResource(ParticipantId participant, ITransactionParticipant grain, ParticipantSigner signer, Func<Task<Guid>> claimOf, TimeSpan callTimeout) : ICommitResource
{
    /// <inheritdoc/>
    public async Task<CommitInput.ResourcePrepared> PrepareAsync(TransactionId id, long life, ReadOnlyMemory<byte> operations, int lockWait)
    {
        var call = signer.Call(participant.Name, id.ToString(), life, await claimOf());
        var answer = await grain.PrepareTransaction(call, operations.ToArray(), lockWait).WaitAsync(callTimeout + TimeSpan.FromMilliseconds(lockWait));
        var vote = (VoteKind)answer.Vote switch
        {
            VoteKind.Yes => Vote.Yes,
            VoteKind.ReadOnly => Vote.ReadOnly,
            _ => Vote.No(answer.Reason),
        };
        if (vote.Kind != VoteKind.No && answer.Activation != await claimOf())
        {
            await UndoAsync(id, life, answer.Undo);
            vote = Vote.No($"{participant} is active twice, and another activation has claimed its part: try again");
        }

        return new CommitInput.ResourcePrepared(vote, answer.Redo, answer.Undo);
    }

    /// <inheritdoc/>
    public Task ApplyAsync(TransactionId id, long life, ReadOnlyMemory<byte> redo) => grain.ApplyTransaction(signer.Call(participant.Name, id.ToString(), life), redo.ToArray()).WaitAsync(callTimeout);

    /// <inheritdoc/>
    public Task UndoAsync(TransactionId id, long life, ReadOnlyMemory<byte> undo) => grain.UndoTransaction(signer.Call(participant.Name, id.ToString(), life), undo.ToArray()).WaitAsync(callTimeout);
}
