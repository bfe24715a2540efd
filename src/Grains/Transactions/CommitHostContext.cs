using GrainKeeper.Core.AtomicCommit;
using Microsoft.Extensions.Logging;

namespace GrainKeeper.Grains.Transactions;

/// <summary>What a host of parties needs.</summary>
/// <param name="Name">What it hosts for, for logs: a tree, or the acceptor.</param>
/// <param name="Home">The tree whose coordinators it hosts; null when it hosts none.</param>
/// <param name="Server">This server.</param>
/// <param name="Options">Limits.</param>
/// <param name="Owns">Whether a party belongs here, as far as this server knows; with what the message says of the transaction.</param>
/// <param name="Router">The way to other parties.</param>
/// <param name="Resources">What participants guard.</param>
/// <param name="Fail">The server cannot go on.</param>
/// <param name="Logger">Hears of contradictions.</param>
internal sealed record CommitHostContext(
    string Name,
    string? Home,
    int Server,
    TransactionOptions Options,
    Func<CommitDelivery, TransactionTerms?, bool> Owns,
    ICommitRouter Router,
    ICommitResources Resources,
    Action<string, Exception> Fail,
    ILogger Logger)
{
    /// <summary>Told when a leadership begins, before its parties go on, with its number.</summary>
    public Action<CommitHost, long>? Led { get; init; }

    /// <summary>Told when it ends.</summary>
    public Action<long>? Resigned { get; init; }

    /// <summary>Finds out whether a participant is gone for good, and says how that is known; null when it is not, or nobody can say so at present.</summary>
    public Func<ParticipantId, Task<string?>>? WhyGone { get; init; }

    /// <summary>For tests: the host ends before it carries out an effect for which this says true, as if its process had died.</summary>
    public Func<CommitMachine, CommitEffect, bool>? DiesBefore { get; init; }

    /// <summary>For tests: a party ends before it carries out an effect for which this says true, alone, without a word and without being replaced.</summary>
    public Func<CommitMachine, CommitEffect, bool>? FallsSilentBefore { get; init; }
}
