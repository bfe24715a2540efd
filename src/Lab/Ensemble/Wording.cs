using System.Text;
using GrainKeeper.Core.Election;
using GrainKeeper.Core.Election.Authenticated;
using GrainKeeper.Core.Election.Fast;
using GrainKeeper.Core.Election.Polling;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Tree;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Lab.Ensemble;

/// <summary>Puts messages of an ensemble into the words of ZooKeeper's literature.</summary>
internal static class Wording
{
    internal static string Of(ElectionMessage message) => message switch
    {
        FastNotification { State: ElectionState.Looking } n => $"vote {Of(n.Vote)} round {n.Round}",
        FastNotification { State: ElectionState.Leading } n => $"I lead, round {n.Round}",
        FastNotification n => $"{n.Vote.Leader} leads, round {n.Round}",
        SignedNotification s => "signed: " + Of(s.Notification),
        Challenge => "challenge: sign with this",
        VoteRequest r => $"whom do you vote for? (poll {r.Poll})",
        VoteReply { State: ElectionState.Looking } r => $"vote {Of(r.Vote)} (poll {r.Poll})",
        VoteReply r => $"{r.Vote.Leader} leads (poll {r.Poll})",
        _ => message.GetType().Name,
    };

    internal static string Of(Vote vote) => vote.Leader.Value == 0 ? "for nobody" : $"({vote.Leader}, {vote.LastZxid})";

    internal static string Of(ZabMessage message) => message switch
    {
        ZabMessage.FollowerInfo m => $"{(m.Observer ? "OBSERVERINFO" : "FOLLOWERINFO")} accepted epoch {m.AcceptedEpoch}",
        ZabMessage.LeaderInfo m => $"LEADERINFO epoch {m.NewEpoch}",
        ZabMessage.AckEpoch m => $"ACKEPOCH {m.Promised}, last {m.LastZxid}",
        ZabMessage.SyncDiff m => $"DIFF up to {m.UpTo}",
        ZabMessage.SyncTruncate m => $"TRUNC to {m.KeepUpTo}",
        ZabMessage.SyncSnapshot m => $"SNAP at {m.Zxid}",
        ZabMessage.SnapshotChunk m => $"SNAP part {m.Index + 1}{(m.Last ? ", the last" : "")}",
        ZabMessage.SnapshotChunkReceived m => $"SNAP part {m.Index + 1} received",
        ZabMessage.NewLeader m => $"NEWLEADER epoch {m.Epoch}",
        ZabMessage.AckNewLeader m => $"ACK NEWLEADER, last {m.LastZxid}",
        ZabMessage.UpToDate m => $"UPTODATE, committed {m.Committed}",
        ZabMessage.Proposals m => "PROPOSAL " + string.Join(", ", m.Txns.Take(3).Select(Of)) + (m.Txns.Count > 3 ? ", …" : ""),
        ZabMessage.Ack m => $"ACK {m.UpTo}",
        ZabMessage.Commit m => $"COMMIT {m.UpTo}",
        ZabMessage.Ping => "PING",
        ZabMessage.Pong => "PONG",
        ZabMessage.Confirm m => $"do I still lead? (round {m.Round})",
        ZabMessage.Confirmed m => $"you lead (round {m.Round})",
        ZabMessage.Application m => Application(m.Payload.Span),
        ZabMessage.Leaving m => $"leaves: {m.Reason}",
        _ => message.GetType().Name,
    };

    /// <summary>Whether a message tells nothing but that its sender lives, or is a farewell over a connection that is broken.</summary>
    internal static bool IsRoutine(ZabMessage message) => message is ZabMessage.Ping or ZabMessage.Pong
        || (message is ZabMessage.Leaving farewell && farewell.Reason.StartsWith("the connection", StringComparison.Ordinal))
        || (message is ZabMessage.Application m && Application(m.Payload.Span) == SessionsLive);

    /// <summary>A transaction: its place and what it does.</summary>
    internal static string Of(Txn txn)
    {
        var reader = new TxnReader(txn.Payload.Span);
        var text = new StringBuilder($"{txn.Zxid} {Name(reader.Header.Type)}");
        if (reader.MoveNext(out var operation) && operation.Path.Length > 0)
        {
            text.Append(' ').Append(Encoding.UTF8.GetString(operation.Path));
        }

        return text.ToString();
    }

    internal static string Name(OpCode type) => type switch
    {
        OpCode.CreateSession => "session",
        OpCode.CloseSession => "end of session",
        OpCode.Create or OpCode.Create2 => "create",
        OpCode.SetData => "set",
        OpCode.GetData => "get",
        OpCode.Delete => "delete",
        OpCode.Sync => "sync",
        OpCode.Error => "failed request",
        _ => type.ToString(),
    };

    private const string SessionsLive = "sessions that live";

    // The first byte names the kind; the rest is the replicas' own business.
    private static string Application(ReadOnlySpan<byte> payload) => (payload.IsEmpty ? 0 : payload[0]) switch
    {
        1 => "request, passed on",
        2 => SessionsLive,
        3 => "a client shows its session",
        4 => "the request's place in the order",
        5 => "the session lives",
        _ => "a message of the replica",
    };
}
