using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Core.Tests.Zab;

/// <summary>A replica's disk in memory: effects wait in a queue until they are flushed, in order, and a crash loses what waits.</summary>
internal sealed class FakeDisk
{
    private readonly Queue<(ZabEffect Effect, long? Token)> _queue = new();
    private List<byte>? _arriving;

    public Epoch AcceptedEpoch { get; set; }

    public Epoch CurrentEpoch { get; set; }

    /// <summary>The zxid under the log: of a snapshot, or zero.</summary>
    public Zxid Base { get; private set; }

    /// <summary>What the snapshot holds; as it is fuzzy, perhaps more than up to <see cref="Base"/>.</summary>
    public List<Txn> BaseState { get; private set; } = [];

    public List<Txn> Log { get; } = [];

    public int Waiting => _queue.Count;

    public long Written { get; private set; }

    public Zxid Last => Log.Count == 0 ? Base : Log[^1].Zxid;

    /// <summary>Everything the log tells when the server starts: a fuzzy snapshot, then the log.</summary>
    public bool Contains(Txn txn) =>
        txn.Zxid <= Base ? BaseState.Exists(t => Same(t, txn)) : Log.Exists(t => Same(t, txn));

    public static bool Same(Txn a, Txn b) => a.Zxid == b.Zxid && a.Kind == b.Kind && a.Payload.Span.SequenceEqual(b.Payload.Span);

    public void Seed(Epoch epoch, params Txn[] log)
    {
        AcceptedEpoch = CurrentEpoch = epoch;
        Log.AddRange(log);
    }

    public void SeedSnapshot(Zxid zxid, IEnumerable<Txn> state)
    {
        Log.RemoveAll(t => t.Zxid <= zxid);
        BaseState = [.. state];
        Base = zxid;
    }

    /// <summary>Turns the beginning of the log into a snapshot, as a purge does.</summary>
    public void Purge(Zxid upTo)
    {
        var state = BaseState.Where(t => t.Zxid <= Base).Concat(Log.Where(t => t.Zxid <= upTo)).ToList();
        SeedSnapshot(upTo, state);
    }

    public void Accept(ZabEffect effect) => _queue.Enqueue((effect, effect switch
    {
        ZabEffect.Append e => e.Token,
        ZabEffect.TruncateLog e => e.Token,
        ZabEffect.WriteAcceptedEpoch e => e.Token,
        ZabEffect.WriteCurrentEpoch e => e.Token,
        ZabEffect.CommitSnapshotInstall e => e.Token,
        _ => null,
    }));

    /// <summary>Makes the next effects durable.</summary>
    /// <returns>The token to confirm, or null.</returns>
    public long? Flush(int effects = int.MaxValue)
    {
        long? token = null;
        for (; effects > 0 && _queue.TryDequeue(out var next); effects--)
        {
            Carry(next.Effect);
            token = next.Token ?? token;
        }

        Written = token ?? Written;
        return token;
    }

    /// <summary>The power fails after some of the waiting effects.</summary>
    public void Crash(int survivors)
    {
        Flush(survivors);
        _queue.Clear();
        _arriving = null;
        Written = 0;
    }

    public IReadOnlyList<Txn>? Read(ZabEffect.ReadLog read)
    {
        if (read.After < Base)
        {
            return null;
        }

        var found = new List<Txn>();
        var bytes = 0;
        foreach (var txn in Log.Where(t => t.Zxid > read.After && t.Zxid <= read.UpTo))
        {
            found.Add(txn);
            bytes += txn.Payload.Length + 16;
            if (bytes >= read.MaxBytes)
            {
                break;
            }
        }

        return found;
    }

    public RecoveredHistory Recover(int recent) =>
        new(AcceptedEpoch, CurrentEpoch, Last, Base, [.. Log.TakeLast(recent)]);

    private void Carry(ZabEffect effect)
    {
        switch (effect)
        {
            case ZabEffect.Append e:
                foreach (var txn in e.Txns)
                {
                    Assert.True(Last.IsDirectlyBefore(txn.Zxid), $"gap on disk: {txn.Zxid} after {Last}");
                    Log.Add(txn);
                }

                break;
            case ZabEffect.TruncateLog e:
                Assert.True(e.KeepUpTo >= Base, $"the log begins after {Base} and cannot be cut after {e.KeepUpTo}");
                Log.RemoveAll(t => t.Zxid > e.KeepUpTo);
                break;
            case ZabEffect.WriteAcceptedEpoch e:
                AcceptedEpoch = e.Epoch;
                break;
            case ZabEffect.WriteCurrentEpoch e:
                CurrentEpoch = e.Epoch;
                break;
            case ZabEffect.BeginSnapshotInstall:
                Assert.Null(_arriving);
                _arriving = [];
                break;
            case ZabEffect.SnapshotInstallChunk e:
                _arriving!.AddRange(e.Data.Span);
                break;
            case ZabEffect.AbandonSnapshotInstall:
                Assert.NotNull(_arriving);
                _arriving = null;
                break;
            case ZabEffect.CommitSnapshotInstall e:
                Log.Clear();
                BaseState = TxnText.ReadAll([.. _arriving!]);
                Base = e.Zxid;
                _arriving = null;
                break;
            default:
                throw new InvalidOperationException($"{effect} is no disk effect");
        }
    }
}
