using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.AtomicCommit.PaxosCommit;

namespace GrainKeeper.Lab.Commits;

/// <summary>Puts messages and records of atomic commit into words.</summary>
internal static class CommitWording
{
    internal static string Of(CommitMessage message, TransactionTerms terms) => message switch
    {
        CommitMessage.Prepare => "Prepare",
        CommitMessage.CanCommit => "CanCommit?",
        CommitMessage.Voted m => $"Vote {m.Vote}",
        CommitMessage.Decide m => m.Decision == Decision.Commit ? (terms.Protocol == CommitProtocol.ThreePhase ? "DoCommit" : "Commit") : "Rollback",
        CommitMessage.Inquiry => "Inquiry: what is the decision?",
        CommitMessage.Undecided => "Undecided: wait",
        CommitMessage.Elect => "Elect: does one of you stand in?",
        CommitMessage.StandingIn => "StandingIn: I do",
        CommitMessage.StateRequest => "StateRequest",
        CommitMessage.StateReport m => m.PreCommitted ? "StateReport: pre-committed" : "StateReport: prepared",
        CommitMessage.Phase1A m => $"Phase1a, ballot {Of(m.Ballot)}",
        CommitMessage.Phase1B m => $"Phase1b, ballot {Of(m.Ballot)}: {Of(m.Accepted, terms)}",
        CommitMessage.Phase2A m => $"Phase2a, ballot {Of(m.Ballot)}: {Of(m.Votes, terms)}",
        CommitMessage.Phase2B m => $"Phase2b, ballot {Of(m.Ballot)}: {Of(m.Votes, terms)}",
        CommitMessage.Nack m => $"Nack: promised ballot {Of(m.Promised)}",
        CommitMessage.Done m => $"Done: all have decided {m.Decision}",
        _ => message.Describe(),
    };

    internal static string Of(CommitRecord record, TransactionTerms terms) => record switch
    {
        CommitRecord.Prepared => "prepared, with undo and redo",
        CommitRecord.Promised r => $"promised ballot {Of(r.Ballot)}",
        CommitRecord.Accepted r => $"accepted {Of(r.Votes, terms)}",
        _ => record.Describe(),
    };

    // Which machine of a leader uses a ballot matters to the machines only.
    private static string Of(Ballot ballot) => ballot == Ballot.Zero ? "0" : $"{ballot.Round}.{ballot.Leader}";

    private static string Of(IReadOnlyList<AcceptedVote> votes, TransactionTerms terms) =>
        votes.Count == 0 ? "nothing accepted" : string.Join(", ", votes.Select(v => $"{terms.Participants[v.Participant]} {(v.Prepared ? "prepared" : "aborted")}"));
}
