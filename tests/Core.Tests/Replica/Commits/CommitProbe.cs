using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Replica.Commits;
using GrainKeeper.Core.Requests;

namespace GrainKeeper.Core.Tests.Replica.Commits;

/// <summary>A host of atomic commit as tests play it.</summary>
internal static class CommitProbe
{
    private static long _ticket;

    public static TransactionId Id(long number = 1) => new("root", 7, number);

    public static CommitKey Key(long number = 1, string owner = "pg.a") => new(Id(number), CommitParty.Of(new ParticipantId(owner)));

    public static CommitLogEntry Entry(long number = 1, string reason = "r", string owner = "pg.a") =>
        new(Id(number), Key(number, owner).Owner, new CommitRecord.Decided(Decision.Abort, null, reason));

    public static Epoch Epoch(this TestServer server) => server.Core.Status.CurrentEpoch;

    public static long Ask(this TestServer server, Func<long, Epoch, CommitRequest> make)
    {
        var ticket = ++_ticket;
        server.Step(new ReplicaInput.Commit(make(ticket, server.Epoch())));
        return ticket;
    }

    public static long Write(this TestServer server, CommitLogEntry entry) => server.Ask((t, e) => new CommitRequest.Write(e, t, entry));

    public static long Forget(this TestServer server, CommitKey key) => server.Ask((t, e) => new CommitRequest.Forget(e, t, key));

    public static long Read(this TestServer server, CommitKey key, bool barrier) => server.Ask((t, e) => new CommitRequest.Read(e, t, key, barrier));

    /// <summary>The answer to a request in words; null when there is none yet.</summary>
    public static string? AnswerTo(this TestServer server, long ticket)
    {
        var answers = server.CommitNews.Select(n => n switch
        {
            CommitNews.Answered a when a.Ticket == ticket => a.Reason.Length > 0 ? $"{a.Answer}: {a.Reason}" : a.Answer.ToString(),
            CommitNews.WasRead r when r.Ticket == ticket => r.Found is null ? "nothing" : Describe(r.Found),
            _ => null,
        }).Where(a => a is not null).ToArray();
        Assert.InRange(answers.Length, 0, 1);
        return answers.SingleOrDefault();
    }

    public static string Describe(StoredCommit commit) => $"{commit.Key}: {string.Join(", ", commit.Records().Select(r => r.Describe()))}";

    public static string[] Describe(IEnumerable<StoredCommit> commits) => [.. commits.Select(Describe).Order(StringComparer.Ordinal)];

    /// <summary>The records on a server.</summary>
    public static string[] Records(this TestServer server) => Describe(server.State.Commits.ToArray());

    /// <summary>The tree's own part.</summary>
    public static CommitKey TreeKey(long number = 1) => new(Id(number), CommitParty.Of(new ParticipantId("tree.root")));

    public static byte[] Operations(params (OpCode Type, byte[] Body)[] operations) => OperationsOf(Credentials.None, operations);

    public static byte[] OperationsOf(Credentials who, params (OpCode Type, byte[] Body)[] operations) => TreeOperations.Encode(who, Frames.Multi(operations));

    public static long Prepare(this TestServer server, long number, byte[] payload, int lockWait = 5_000) =>
        server.Ask((t, e) => new CommitRequest.Prepare(e, t, Id(number), payload, lockWait));

    public static long Finish(this TestServer server, long number, bool commit) => server.Ask((t, e) => new CommitRequest.Finish(e, t, Id(number), commit));

    public static long WriteDecision(this TestServer server, long number, Decision decision = Decision.Commit) =>
        server.Write(new CommitLogEntry(Id(number), TreeKey().Owner, new CommitRecord.Decided(decision, null, string.Empty)));

    public static long WritePrepared(this TestServer server, long number, ReadOnlyMemory<byte> redo) =>
        server.Write(new CommitLogEntry(Id(number), TreeKey().Owner, new CommitRecord.Prepared(Terms, redo, default)));

    public static TransactionTerms Terms { get; } = new(CommitProtocol.TwoPhase, [new ParticipantId("tree.root")], 0);

    /// <summary>The vote in words; null when there is none yet.</summary>
    public static string? VoteOf(this TestServer server, long ticket) =>
        server.CommitNews.OfType<CommitNews.Prepared>().SingleOrDefault(p => p.Ticket == ticket)?.Vote.ToString();

    /// <summary>Prepares, with the record in the log.</summary>
    public static void MustPrepare(this TestServer server, long number, params (OpCode Type, byte[] Body)[] operations)
    {
        var payload = Operations(operations);
        var ticket = server.Prepare(number, payload);
        Assert.Equal("Yes", server.VoteOf(ticket));
        var record = server.WritePrepared(number, payload);
        server.Ensemble.Run();
        Assert.Equal("Done", server.AnswerTo(record));
    }

    /// <summary>Decides and carries out.</summary>
    public static void MustFinish(this TestServer server, long number, bool commit = true)
    {
        server.WriteDecision(number, commit ? Decision.Commit : Decision.Abort);
        server.Ensemble.Run();
        var ticket = server.Finish(number, commit);
        server.Ensemble.Run();
        Assert.Equal("Done", server.AnswerTo(ticket));
    }
}
