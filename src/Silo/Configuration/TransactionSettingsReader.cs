using System.Globalization;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.Replica;
using GrainKeeper.Grains.Transactions;

namespace GrainKeeper.Silo.Configuration;

/// <summary>Reads the keys of atomic commit.</summary>
internal static class TransactionSettingsReader
{
    private const int Hour = 3_600_000;
    private const string Prefix = "transactions.";

    public static TransactionOptions Read(ValueReader values)
    {
        var defaults = new TransactionOptions();
        var callTimeout = Int("callTimeout", defaults.CallTimeout, 50, 19_999);
        var commit = ReadCommit(values, defaults.Commit);
        if (commit.Retention <= callTimeout * 2L)
        {
            Conflict(
                values,
                "retention",
                "callTimeout",
                $"a finished transaction is remembered for {commit.Retention} ms, which must be more than twice the timeout of a call, {callTimeout} ms: longer than any message lives",
                "raise transactions.retention or lower transactions.callTimeout");
            commit = commit with { Retention = defaults.Commit.Retention };
        }

        return new TransactionOptions
        {
            Commit = commit,
            MaxParties = values.Int(Prefix + "maxParties", defaults.MaxParties, 16, 10_000_000, "parties"),
            LogPatience = Int("logPatience", defaults.LogPatience, 100, 600_000),
            CallTimeout = callTimeout,
            MaxQueuedBytes = values.Long(Prefix + "maxQueuedBytes", defaults.MaxQueuedBytes, 64 << 10, 4L << 30, "bytes"),
            MaxTimelineLines = values.Int(Prefix + "maxTimelineLines", defaults.MaxTimelineLines, 0, 100_000_000, "lines"),
        };

        int Int(string key, int fallback, int low, int high) => values.Int(Prefix + key, fallback, low, high, "ms");
    }

    /// <summary>The limits of the trees themselves.</summary>
    public static ReplicaOptions WithLimits(this ReplicaOptions options, ValueReader values) => options with
    {
        MaxCommits = values.Int(Prefix + "maxRecords", options.MaxCommits, 1, 10_000_000, "parties"),
        MaxCommitBytes = values.Long(Prefix + "maxRecordBytes", options.MaxCommitBytes, 64 << 10, 1L << 40, "bytes"),
        MaxLockWait = values.Int(Prefix + "maxLockWait", options.MaxLockWait, 1, Hour, "ms"),
    };

    private static CommitOptions ReadCommit(ValueReader values, CommitOptions defaults)
    {
        var vote = Int("voteTimeout", defaults.VoteTimeout, 10, Hour);
        var wait = Int("lockWait", Math.Min(defaults.LockWait, vote), 1, Hour);
        if (wait > vote)
        {
            Conflict(
                values,
                "lockWait",
                "voteTimeout",
                $"a participant would wait for locks for {wait} ms, longer than the coordinator for its vote, {vote} ms",
                "set transactions.lockWait to at most transactions.voteTimeout");
            wait = vote;
        }

        var resend = Int("resendInterval", defaults.ResendInterval, 5, Hour);
        var slowest = Int("maxResendInterval", Math.Max(defaults.MaxResendInterval, resend), 5, Hour);
        if (slowest < resend)
        {
            Conflict(
                values,
                "maxResendInterval",
                "resendInterval",
                $"the longest interval, {slowest} ms, is below the first, {resend} ms",
                "set transactions.maxResendInterval to at least transactions.resendInterval");
            slowest = resend;
        }

        return new CommitOptions
        {
            VoteTimeout = vote,
            LockWait = wait,
            ResourcePatience = Int("resourcePatience", defaults.ResourcePatience, 1, Hour),
            ResendInterval = resend,
            MaxResendInterval = slowest,
            RollbackResends = values.Int(Prefix + "rollbackResends", defaults.RollbackResends, 0, 1_000, "times"),
            InquiryInterval = Int("inquiryInterval", defaults.InquiryInterval, 5, Hour),
            Retention = Int("retention", defaults.Retention, 1_000, 24 * Hour),
            RoundTrip = Int("roundTrip", defaults.RoundTrip, 5, 600_000),
            BundleWait = Int("bundleWait", defaults.BundleWait, 0, 10_000),
            AcceptorPatience = Int("acceptorPatience", defaults.AcceptorPatience, 100, Hour),
        };

        int Int(string key, int fallback, int low, int high) => values.Int(Prefix + key, fallback, low, high, "ms");
    }

    private static void Conflict(ValueReader values, string key, string other, FormattableString what, string remedy) =>
        values.Error((values.Settings[Prefix + key] ?? values.Settings[Prefix + other])!, what.ToString(CultureInfo.InvariantCulture), remedy);
}
