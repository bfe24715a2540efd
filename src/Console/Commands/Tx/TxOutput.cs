using System.Globalization;
using System.Text.Json;
using GrainKeeper.Client.Transactions;
using GrainKeeper.Core.AtomicCommit;

namespace GrainKeeper.Console.Commands.Tx;

/// <summary>How outcomes and times are written.</summary>
internal static class TxOutput
{
    internal static JsonSerializerOptions Json => OutputFormat.Json;

    internal static int ExitCodeOf(TransactionOutcome outcome) => outcome switch
    {
        TransactionOutcome.Committed => ExitCode.Ok,
        TransactionOutcome.Aborted => ExitCode.Aborted,
        _ => ExitCode.InDoubt,
    };

    internal static string NameOf(TransactionOutcome? outcome) => outcome switch
    {
        TransactionOutcome.Committed => "committed",
        TransactionOutcome.Aborted => "aborted",
        TransactionOutcome.InDoubt => "in doubt",
        _ => "unknown",
    };

    internal static string NameOf(CommitProtocol? protocol) => protocol switch
    {
        CommitProtocol.TwoPhase => "2pc",
        CommitProtocol.ThreePhase => "3pc",
        CommitProtocol.PaxosCommit => "paxos",
        _ => "-",
    };

    internal static string Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds).ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);

    internal static string Date(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>An outcome in words, with one line for each No.</summary>
    internal static IEnumerable<string> Lines(TransactionOutcome outcome)
    {
        yield return $"{outcome.Id} {NameOf(outcome)}";
        switch (outcome)
        {
            case TransactionOutcome.Aborted { Votes: { Count: > 0 } votes }:
                foreach (var vote in votes)
                {
                    yield return $"  {vote.Participant} voted No{(vote.Reason.Length > 0 ? $": {vote.Reason}" : string.Empty)}";
                }

                break;
            case TransactionOutcome.Aborted { Reason.Length: > 0 } aborted:
                yield return $"  {aborted.Reason}";
                break;
            case TransactionOutcome.InDoubt { Reason.Length: > 0 } doubt:
                yield return $"  {doubt.Reason}";
                break;
            default:
                break;
        }
    }

    /// <summary>An outcome for scripts.</summary>
    internal static object Object(TransactionOutcome outcome, TransactionTicket? ticket = null) => new
    {
        id = outcome.Id,
        outcome = NameOf(outcome).Replace(" ", string.Empty, StringComparison.Ordinal),
        reason = outcome switch
        {
            TransactionOutcome.Aborted a => a.Reason,
            TransactionOutcome.InDoubt d => d.Reason,
            _ => null,
        },
        votes = (outcome as TransactionOutcome.Aborted)?.Votes.Select(v => new { participant = v.Participant, reason = v.Reason }),
        ticket = ticket?.ToString(),
        until = ticket?.Until,
    };
}
