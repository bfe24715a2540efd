using System.Net;
using GrainKeeper.Contracts.Transactions;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Requests;
using GrainKeeper.Grains.Ensembles;
using GrainKeeper.Grains.Hosting;

namespace GrainKeeper.Grains.Transactions;

/// <summary>
/// Makes of what a client submits what the coordinator runs. Any client of a gateway may call: the identities are what this server has seen proven, whatever the client says of itself, and what not everybody may use
/// is refused here.
/// </summary>
/// <param name="kinds">The participants.</param>
/// <param name="ensemble">The servers.</param>
/// <param name="options">Names the administrator.</param>
internal sealed class SubmissionReader(ParticipantKinds kinds, EnsembleDirectory ensemble, GrainKeeperServerOptions options)
{
    /// <summary>The transaction.</summary>
    /// <exception cref="FormatException">Something is out of its range, or not allowed; the message names it and the remedy.</exception>
    public TransactionRequest Read(TransactionSubmission submission)
    {
        if (submission.Participants is null || submission.Operations is null || submission.Sites is null || submission.Participants.Length != submission.Operations.Length)
        {
            throw new FormatException("a transaction has as many operations as participants");
        }

        var who = Identify(submission.Proofs);
        var operations = new Dictionary<ParticipantId, ReadOnlyMemory<byte>>();
        for (var i = 0; i < submission.Participants.Length && i <= TransactionTerms.MaxParticipants; i++)
        {
            var participant = new ParticipantId(submission.Participants[i] ?? string.Empty);
            if (!participant.IsValid || kinds.LogTreeOf(participant) is null)
            {
                throw new FormatException($"no participant '{participant}' is known on server {options.Self}: register its kind on all servers");
            }

            if (!operations.TryAdd(participant, Admit(participant, who, submission.Operations[i] ?? [])))
            {
                throw new FormatException($"participant '{participant}' is named twice");
            }
        }

        if (submission.Sites.FirstOrDefault(s => s is < 1 or > ServerId.Max || !ensemble.Quorum.Contains(new ServerId(s))) is var stranger && stranger != 0)
        {
            throw new FormatException($"acceptor at server {stranger}: it is no server of this ensemble");
        }

        return new TransactionRequest((CommitProtocol)submission.Protocol, operations, submission.Sites.Length, submission.Sites)
        {
            LockWait = submission.LockWait, VoteTimeout = submission.VoteTimeout,
        };
    }

    /// <summary>Whether somebody proves to be the administrator.</summary>
    public bool IsSuper(TransactionProof[]? proofs)
    {
        try
        {
            return Identify(proofs).IsSuper;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private Credentials Identify(TransactionProof[]? proofs)
    {
        if (proofs is null || proofs.Length > TransactionProof.MaxCount)
        {
            throw new FormatException($"a transaction comes with at most {TransactionProof.MaxCount} proofs of identity");
        }

        // As with a native client's session, no address: it would be what the caller claims.
        var who = Credentials.OfAddress(IPAddress.None);
        foreach (var proof in proofs)
        {
            if (proof is not { Scheme: not null, Proof: { Length: <= TransactionProof.MaxLength } bytes } || who.Prove(proof.Scheme, bytes, options.Replica.SuperDigest) is not { } proven)
            {
                throw new FormatException($"a proof of scheme '{proof?.Scheme}' proves nothing: give digest and user:password, at most {TransactionProof.MaxLength} bytes");
            }

            who = proven;
        }

        return who;
    }

    private byte[] Admit(ParticipantId participant, Credentials who, byte[] bytes)
    {
        if (kinds.RefusalOf(participant, who) is { } refusal)
        {
            throw new FormatException(refusal);
        }

        return ParticipantKinds.TreeOf(participant) is null ? bytes : ReadTreeOperations(participant, who, bytes);
    }

    private static byte[] ReadTreeOperations(ParticipantId participant, Credentials who, byte[] list)
    {
        var operations = TreeOperations.Encode(who, list);
        try
        {
            TreeOperations.Decode(operations);
            return operations;
        }
        catch (FormatException e)
        {
            throw new FormatException($"{participant}: {e.Message}: give the body of a multi request of ZooKeeper", e);
        }
    }
}
