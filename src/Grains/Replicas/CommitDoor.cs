using System.Collections.Concurrent;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica.Commits;
using Microsoft.Extensions.Logging;

namespace GrainKeeper.Grains.Replicas;

/// <summary>
/// The way to a tree's records of atomic commit on the server that leads the tree. Questions may come from any thread, under the epoch that
/// <see cref="ICommitHost.Began"/> has told; those of one caller are carried out in their order. Every question is answered, at the latest when the leadership ends.
/// </summary>
internal sealed class CommitDoor(Func<CommitRequest, bool> post, Func<ICommitHost, bool> add, ILogger logger)
{
    private const int MostUnderWay = 16_384;
    private readonly ConcurrentDictionary<long, TaskCompletionSource<CommitResult>> _asked = new();
    private readonly List<ICommitHost> _hosts = [];
    private Epoch? _leading;
    private long _ticket;
    private int _underWay;

    /// <summary>Adds a host, which hears of the present leadership, if there is one, and of all later ones. From any thread.</summary>
    /// <returns>False when the tree does not run here any more.</returns>
    public bool AddHost(ICommitHost host) => add(host);

    /// <summary>Writes a record, durably; Unknown is <c>LogUnknown</c>, and so is Refused for a forced record.</summary>
    public Task<CommitResult> WriteAsync(Epoch epoch, CommitLogEntry entry) => AskAsync(ticket => new CommitRequest.Write(epoch, ticket, entry));

    /// <summary>Removes a party's records.</summary>
    public Task<CommitResult> ForgetAsync(Epoch epoch, CommitKey key) => AskAsync(ticket => new CommitRequest.Forget(epoch, ticket, key));

    /// <summary>Reads a party's records; see <see cref="CommitRequest.Read"/>.</summary>
    public Task<CommitResult> ReadAsync(Epoch epoch, CommitKey key, bool barrier) => AskAsync(ticket => new CommitRequest.Read(epoch, ticket, key, barrier));

    /// <summary>The tree's own part: tries operations, locks their paths and votes; see <see cref="CommitRequest.Prepare"/>. With Done there is a vote.</summary>
    public Task<CommitResult> PrepareAsync(Epoch epoch, TransactionId id, ReadOnlyMemory<byte> payload, int lockWait) =>
        AskAsync(ticket => new CommitRequest.Prepare(epoch, ticket, id, payload, lockWait));

    /// <summary>The tree's own part: carries out what was prepared, or frees its locks; see <see cref="CommitRequest.Finish"/>.</summary>
    public Task<CommitResult> FinishAsync(Epoch epoch, TransactionId id, bool commit) => AskAsync(ticket => new CommitRequest.Finish(epoch, ticket, id, commit));

    /// <summary>The replica has news. On the tree's scheduler.</summary>
    public void Hear(CommitNews news)
    {
        switch (news)
        {
            case CommitNews.Answered answered:
                Answer(answered.Ticket, new CommitResult(answered.Answer, answered.Reason));
                break;
            case CommitNews.WasRead read:
                Answer(read.Ticket, new CommitResult(CommitAnswer.Done, string.Empty, read.Found));
                break;
            case CommitNews.Prepared prepared:
                Answer(prepared.Ticket, new CommitResult(CommitAnswer.Done, string.Empty) { Vote = prepared.Vote, Redo = prepared.Redo });
                break;
            case CommitNews.Began began:
                _leading = began.Epoch;
                foreach (var host in _hosts)
                {
                    Tell(host, began.Epoch, began.Commits);
                }

                break;
            case CommitNews.Ended ended:
                End(ended.Epoch);
                break;
            default:
                logger.LogError("Unknown news {News} of atomic commit", news.GetType().Name);
                break;
        }
    }

    /// <summary>Takes a host in. On the tree's scheduler.</summary>
    public void Add(ICommitHost host, IReadOnlyList<StoredCommit> commits)
    {
        _hosts.Add(host);
        if (_leading is { } epoch)
        {
            Tell(host, epoch, commits);
        }
    }

    /// <summary>A question that no replica has taken.</summary>
    public void Refuse(CommitRequest request) =>
        Answer(request.Ticket, new CommitResult(CommitAnswer.Refused, "the tree's replica on this server has ended: ask the tree's next leader"));

    /// <summary>The replica is gone, for good or to be loaded again: what is under way will not be answered by it.</summary>
    public void Close()
    {
        if (_leading is { } epoch)
        {
            End(epoch);
        }

        foreach (var ticket in _asked.Keys)
        {
            Answer(ticket, new CommitResult(CommitAnswer.Unknown, "the tree's replica on this server has ended: ask the tree's next leader"));
        }
    }

    private void End(Epoch epoch)
    {
        _leading = null;
        foreach (var host in _hosts)
        {
            try
            {
                host.Ended(epoch);
            }
            catch (Exception error) when (error is not OutOfMemoryException)
            {
                logger.LogError(error, "A host of atomic commit failed at the end of epoch {Epoch}", epoch);
            }
        }
    }

    private void Tell(ICommitHost host, Epoch epoch, IReadOnlyList<StoredCommit> commits)
    {
        try
        {
            host.Began(epoch, commits);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            logger.LogError(error, "A host of atomic commit failed at the beginning of epoch {Epoch}", epoch);
        }
    }

    private Task<CommitResult> AskAsync(Func<long, CommitRequest> make)
    {
        if (Interlocked.Increment(ref _underWay) > MostUnderWay)
        {
            Interlocked.Decrement(ref _underWay);
            return Task.FromResult(new CommitResult(CommitAnswer.Refused, $"{MostUnderWay} questions of atomic commit are under way: try again later"));
        }

        var ticket = Interlocked.Increment(ref _ticket);
        var answer = new TaskCompletionSource<CommitResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked[ticket] = answer;
        if (!post(make(ticket)))
        {
            Answer(ticket, new CommitResult(CommitAnswer.Refused, "the tree does not run on this server"));
        }

        return answer.Task;
    }

    private void Answer(long ticket, CommitResult result)
    {
        if (_asked.TryRemove(ticket, out var answer))
        {
            Interlocked.Decrement(ref _underWay);
            answer.TrySetResult(result);
        }
    }
}
