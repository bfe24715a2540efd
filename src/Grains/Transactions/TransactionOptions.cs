using GrainKeeper.Contracts.Transactions;
using GrainKeeper.Core.AtomicCommit;

namespace GrainKeeper.Grains.Transactions;

/// <summary>Limits of atomic commit on a server. Times in milliseconds, sizes in bytes.</summary>
public sealed record TransactionOptions
{
    /// <summary>Time limits of the protocols; <see cref="CommitOptions.Retention"/> is 600,000 here unless set.</summary>
    public CommitOptions Commit { get; init; } = new() { Retention = 600_000 };

    /// <summary>Parties that a tree's leader, or a server's acceptor, hosts at most, those remembered included; further transactions are refused. 16 to 10,000,000; default 200,000.</summary>
    public int MaxParties { get; init; } = 200_000;

    /// <summary>How long a record may take until it is durable; then what the log holds counts as unknown and is read again. 100 to 600,000; default 10,000.</summary>
    public int LogPatience { get; init; } = 10_000;

    /// <summary>How long a call to another server or to a participant's grain may take; a vote may take the lock wait longer. 50 to 60,000; default 2,000.</summary>
    public int CallTimeout { get; init; } = 2_000;

    /// <summary>Bytes of messages that may wait for one server; more are lost, and sent again by whoever misses the answer. 64 KiB to 4 GiB; default 64 MiB.</summary>
    public long MaxQueuedBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>Lines of timelines that are kept in all; those of the oldest transactions go first. 0 to 100,000,000; default 500,000.</summary>
    public int MaxTimelineLines { get; init; } = 500_000;

    /// <summary>Checks every limit.</summary>
    /// <exception cref="ArgumentException">A value is not allowed; the message names it, its range and the remedy.</exception>
    public void Validate()
    {
        Commit.Validate();
        Require(MaxParties is >= 16 and <= 10_000_000, nameof(MaxParties), MaxParties, "16 to 10,000,000");
        Require(LogPatience is >= 100 and <= 600_000, nameof(LogPatience), LogPatience, "100 to 600,000");
        Require(CallTimeout is >= 50 and <= 60_000, nameof(CallTimeout), CallTimeout, "50 to 60,000");
        Require(MaxQueuedBytes is >= 64L << 10 and <= 4L << 30, nameof(MaxQueuedBytes), MaxQueuedBytes, "64 KiB to 4 GiB");
        Require(MaxTimelineLines is >= 0 and <= 100_000_000, nameof(MaxTimelineLines), MaxTimelineLines, "0 to 100,000,000");
        Require(Commit.Retention > CallTimeout * 2L, "Commit.Retention", Commit.Retention, $"more than twice CallTimeout ({CallTimeout}): it must be longer than any message lives");
        Require(TransactionSubmission.MaxWait > CallTimeout, nameof(CallTimeout), CallTimeout, $"less than {TransactionSubmission.MaxWait}");
    }

    private static void Require(bool condition, string name, object value, string allowed)
    {
        if (!condition)
        {
            throw new ArgumentException($"transaction option {name} = '{value}' is not allowed; set it to {allowed}", name);
        }
    }
}
