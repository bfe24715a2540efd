using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;
using GrainKeeper.Lab.Disk;
using GrainKeeper.Lab.Scheduling;

namespace GrainKeeper.Lab.Ensemble;

/// <summary>A server's disk: a flush takes all that is queued and a few milliseconds. A crash loses what was not flushed, and nothing else.</summary>
internal sealed class LabDisk(EventLoop loop, SimRandom random)
{
    private readonly DiskWriter _writer = new();
    private readonly List<ZabEffect> _queue = [];
    private readonly List<Action> _whenIdle = [];
    private int _life;
    private bool _flushing;

    /// <summary>What is durable.</summary>
    internal DiskImage Image => _writer.Image;

    /// <summary>Hears which tokens are durable.</summary>
    internal Action<long>? Persisted { get; set; }

    internal void Submit(ZabEffect effect)
    {
        _queue.Add(effect);
        Flush();
    }

    internal void WhenIdle(Action action)
    {
        _whenIdle.Add(action);
        TellIdle();
    }

    internal void Crash()
    {
        _life++;
        _queue.Clear();
        _whenIdle.Clear();
        _writer.Forget();
        _flushing = false;
        Persisted = null;
    }

    /// <summary>Durable transactions after one and up to another; null when the log does not go back so far.</summary>
    internal IReadOnlyList<Txn>? Read(Zxid after, Zxid upTo) =>
        after < Image.LogStart ? null : [.. Image.Log.Skip(Image.FirstAfter(after)).TakeWhile(t => t.Zxid <= upTo)];

    internal long Latency() => random.Between(500, 2_000);

    private void Flush()
    {
        if (_flushing || _queue.Count == 0)
        {
            return;
        }

        _flushing = true;
        var (life, taken) = (_life, _queue.Count);
        loop.After(Latency(), () =>
        {
            if (life != _life)
            {
                return;
            }

            var token = _queue.Take(taken).Select(_writer.Write).LastOrDefault(t => t is not null);
            _queue.RemoveRange(0, taken);
            _flushing = false;
            if (token is { } durable)
            {
                Persisted?.Invoke(durable);
            }

            Flush();
            TellIdle();
        });
    }

    private void TellIdle()
    {
        if (_queue.Count == 0)
        {
            Action[] waiting = [.. _whenIdle];
            _whenIdle.Clear();
            Array.ForEach(waiting, w => w());
        }
    }
}
