using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Simulation.Disk;

/// <summary>
/// A server's disk. Effects are written in their order by a group commit: one flush takes what is queued and confirms its highest token. A crash keeps
/// a prefix of what was not confirmed, and of the effect at its edge a part: the head of an append, some of a truncation's unlinks. A disk that fails (full, or broken) ends its server at the next flush, which leaves as little.
/// </summary>
public sealed class SimDisk(EventLoop loop, SimRandom random, SimulationProfile profile)
{
    private const long longestFlush = 3 * EventLoop.Second;

    private readonly DiskWriter _writer = new();
    private readonly List<ZabEffect> _queue = [];
    private readonly List<Action> _whenIdle = [];
    private int _flushing;
    private int _generation;
    private Action<long>? _persisted;
    private Action? _changed;
    private Action? _failed;

    /// <summary>What is durable.</summary>
    public DiskImage Image => _writer.Image;

    /// <summary>How much slower than usual it is.</summary>
    public int Slowness { get; set; } = 1;

    /// <summary>Whether flushes fail: the disk is full, or broken.</summary>
    public bool Fails { get; set; }

    /// <summary>Whether nothing waits to be written.</summary>
    public bool Idle => _queue.Count == 0;

    /// <summary>Torn appends and truncations so far.</summary>
    public int Torn { get; private set; }

    /// <summary>A process has started and wants to hear of durable tokens, of every change of the image, and of a failed flush.</summary>
    public void Attach(Action<long> persisted, Action changed, Action failed)
    {
        _persisted = persisted;
        _changed = changed;
        _failed = failed;
    }

    /// <summary>Queues a disk effect.</summary>
    public void Submit(ZabEffect effect)
    {
        _queue.Add(effect);
        StartFlush();
    }

    /// <summary>Calls back once all that is queued is durable.</summary>
    public void WhenIdle(Action action)
    {
        if (Idle)
        {
            action();
        }
        else
        {
            _whenIdle.Add(action);
        }
    }

    /// <summary>The process or the machine dies.</summary>
    public void Crash()
    {
        _generation++;
        var survive = random.Below(3) switch
        {
            0 => 0,
            1 => _queue.Count,
            _ => random.Between(0, _queue.Count),
        };
        for (var i = 0; i < survive; i++)
        {
            _writer.Write(_queue[i]);
        }

        if (survive < _queue.Count)
        {
            Tear(_queue[survive]);
        }

        _queue.Clear();
        _writer.Forget();
        _whenIdle.Clear();
        _flushing = 0;
        _persisted = null;
        _changed?.Invoke();
    }

    /// <summary>Reads transactions for a laggard; null when the log does not go back so far.</summary>
    public IReadOnlyList<Txn>? Read(Zxid after, Zxid upTo, int maxBytes)
    {
        if (after < Image.LogStart)
        {
            return null;
        }

        var found = new List<Txn>();
        var bytes = 0;
        for (var i = Image.FirstAfter(after); i < Image.Log.Count && Image.Log[i].Zxid <= upTo; i++)
        {
            bytes += Image.Log[i].Payload.Length;
            if (found.Count > 0 && bytes > maxBytes)
            {
                break;
            }

            found.Add(Image.Log[i]);
        }

        return found;
    }

    /// <summary>How long a small write or read takes now.</summary>
    public long Latency() => random.Chance(profile.SlowFlush)
        ? random.Between(profile.MinFlush, 1_500 * EventLoop.Millisecond)
        : Math.Min(Slowness * random.Between(profile.MinFlush, profile.MaxFlush), longestFlush);

    private void StartFlush()
    {
        if (_flushing > 0 || _queue.Count == 0)
        {
            return;
        }

        _flushing = random.Chance(0.8) ? _queue.Count : random.Between(1, _queue.Count);
        var generation = _generation;
        loop.After(Latency(), () =>
        {
            if (generation == _generation)
            {
                Flushed();
            }
        });
    }

    private void Flushed()
    {
        if (Fails)
        {
            _failed?.Invoke();
            return;
        }

        long? token = null;
        for (var i = 0; i < _flushing; i++)
        {
            token = _writer.Write(_queue[i]) ?? token;
        }

        _queue.RemoveRange(0, _flushing);
        _flushing = 0;
        _changed?.Invoke();
        if (token is not null)
        {
            _persisted?.Invoke(token.Value);
        }

        StartFlush();
        if (Idle)
        {
            var waiting = _whenIdle.ToArray();
            _whenIdle.Clear();
            foreach (var action in waiting)
            {
                action();
            }
        }
    }

    private void Tear(ZabEffect effect)
    {
        if (effect is ZabEffect.Append append)
        {
            var kept = random.Between(0, append.Txns.Count);
            Torn += kept < append.Txns.Count ? 1 : 0;
            for (var i = 0; i < kept; i++)
            {
                Image.Append(append.Txns[i]);
            }
        }
        else if (effect is ZabEffect.TruncateLog truncate)
        {
            Torn++;
            Image.TruncatePartly(truncate.KeepUpTo, random.Between(0, 20));
        }
    }
}
