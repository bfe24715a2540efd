using GrainKeeper.Contracts;
using GrainKeeper.Contracts.Peers;
using GrainKeeper.Contracts.Transactions;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Grains.Placement;
using Orleans.Concurrency;
using Orleans.GrainDirectory;

namespace GrainKeeper.Grains.Transactions;

/// <summary>
/// The door to this server's part in the transactions of a tree. There is one for each server and tree rather than one for each transaction: it is the leadership of the tree that moves, and whatever Orleans
/// remembers of the place of an activation would have to move with it.
/// </summary>
[PinnedToServer]
[GrainDirectory(NullGrainDirectory.Name)]
[KeepAlive]
[Reentrant]
internal sealed class TransactionGrain(LocalServer local, TransactionServers servers, SubmissionReader reader, TicketSigner tickets, ParticipantSigner signer)
    : Grain, ITransactionGrain
{
    private ServerGrainKey _key;

    private CommitHost? Host => servers.HostOf(_key.Tree);

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _key = local.Claim(this.GetPrimaryKeyString());
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<PeerBatchOutcome> DeliverCommitBatch(CommitBatch batch) => Task.FromResult(servers.Deliver(Host, batch));

    /// <inheritdoc/>
    public async Task<TransactionAnswer> AllotTransaction()
    {
        var answer = Named(Host is { } host ? await host.AllotAsync() : Away());
        if (answer.Status != TransactionStatus.Allotted)
        {
            return answer;
        }

        var until = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() + answer.AskWithin;
        return answer with { Sites = servers.Sites(), Until = until, Seal = tickets.Seal(answer.Transaction!, until) };
    }

    /// <inheritdoc/>
    public async Task<TransactionAnswer> SubmitTransaction(TransactionSubmission submission, int waitMilliseconds)
    {
        if (!TransactionId.TryParse(submission?.Transaction, out var id) || id.Home != _key.Tree)
        {
            return Refused($"'{submission?.Transaction}' is no id of a transaction whose home is tree '{_key.Tree}'");
        }

        if (!tickets.IsSealed(submission!.Transaction, submission.Until, submission.Seal))
        {
            return Refused($"{id} was not allotted to this caller: submit it with the seal that came with it");
        }

        if (submission.Until < DateTimeOffset.UtcNow.ToUnixTimeMilliseconds())
        {
            return Refused($"the time to submit {id} is over, since its outcome may have been forgotten: ask for its outcome, or begin another transaction");
        }

        TransactionRequest request;
        try
        {
            request = reader.Read(submission);
        }
        catch (FormatException e)
        {
            return Refused(e.Message);
        }

        return Named(Host is { } host ? await host.SubmitAsync(id, request, waitMilliseconds) : Away());
    }

    /// <inheritdoc/>
    public async Task<TransactionAnswer> AskTransaction(TransactionQuery query, int waitMilliseconds)
    {
        if (!TransactionId.TryParse(query?.Transaction, out var id) || id.Home != _key.Tree)
        {
            return Refused($"'{query?.Transaction}' is no id of a transaction whose home is tree '{_key.Tree}'");
        }

        var answer = Named(Host is { } host ? await host.AskAsync(id, waitMilliseconds) : Away());
        return answer.Status != TransactionStatus.Aborted || tickets.IsSealed(query.Transaction, query.Until, query.Seal) || reader.IsSuper(query.Proofs)
            ? answer
            : answer with { Reason = "why is told to the owner and to the administrator", Votes = [.. answer.Votes.Select(v => v with { Reason = string.Empty })] };
    }

    /// <inheritdoc/>
    public Task<DatabaseSummary[]> ListDatabases() => Task.FromResult<DatabaseSummary[]>([.. servers.Kinds.Databases.Describe(local.Id.Value).Where(d => d.IsDriven && d.LogTree == _key.Tree)]);

    /// <inheritdoc/>
    public async Task<TransactionAnswer> ResolveTransaction(string transaction, string participant, bool commit, TransactionProof[] proofs)
    {
        if (!reader.IsSuper(proofs))
        {
            return Refused(
                "only the administrator may decide by hand: give digest credentials whose digest is DigestAuthenticationProvider.superDigest on the servers");
        }

        var name = new ParticipantId(participant ?? string.Empty);
        if (!TransactionId.TryParse(transaction, out var id) || !name.IsValid)
        {
            return Refused($"'{transaction}' is no id of a transaction, or '{participant}' no name of a participant");
        }

        return Named(Host is { } host ? await host.ResolveAsync(id, name, commit ? Decision.Commit : Decision.Abort) : Away());
    }

    /// <inheritdoc/>
    public async Task<ParticipantHoldings> HoldTransactions(ParticipantClaim claim)
    {
        if (!signer.IsProven(claim?.Call) || claim!.Held is null || claim.Held.Length > ParticipantClaim.MaxHeld)
        {
            return ParticipantHoldings.Of(TransactionStatus.Refused, "the claim does not prove that it comes from a silo of this ensemble, or is too long");
        }

        var held = new List<TransactionId>(claim.Held.Length);
        foreach (var text in claim.Held)
        {
            if (!TransactionId.TryParse(text, out var id))
            {
                return ParticipantHoldings.Of(TransactionStatus.Refused, $"'{text}' is no id of a transaction");
            }

            held.Add(id);
        }

        return Host is { } host
            ? await host.HoldAsync(new ParticipantId(claim.Call.Participant), claim.Activation, claim.Fresh, held)
            : ParticipantHoldings.Of(TransactionStatus.NotLeader, "the tree does not run here");
    }

    private static TransactionAnswer Away() => TransactionAnswer.Of(TransactionStatus.NotLeader, reason: "the tree does not run on this server (yet)");

    private static TransactionAnswer Refused(string reason) => TransactionAnswer.Of(TransactionStatus.Refused, reason: reason);

    private TransactionAnswer Named(TransactionAnswer answer) =>
        answer.Status == TransactionStatus.NotLeader ? answer with { Leader = servers.LeaderOf(_key.Tree)?.Value ?? 0 } : answer;
}
