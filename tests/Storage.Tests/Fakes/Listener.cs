using GrainKeeper.Storage;

namespace GrainKeeper.Storage.Tests.Fakes;

/// <summary>Records what storage reports, and lets a test wait for it.</summary>
internal sealed class Listener : IStorageListener
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly object _gate = new();
    private readonly List<string> _events = [];
    private long _durable;
    private Exception? _error;

    public long Durable
    {
        get
        {
            lock (_gate)
            {
                return _durable;
            }
        }
    }

    public IReadOnlyList<string> Events
    {
        get
        {
            lock (_gate)
            {
                return [.. _events];
            }
        }
    }

    public void Persisted(long token)
    {
        lock (_gate)
        {
            Assert.True(token > _durable, $"token {token} confirmed after {_durable}");
            _durable = token;
            _events.Add($"persisted {token}");
            Monitor.PulseAll(_gate);
        }
    }

    public void Failed(Exception error)
    {
        lock (_gate)
        {
            _error = error;
            _events.Add("failed");
            Monitor.PulseAll(_gate);
        }
    }

    public void WaitFor(long token) => Wait(() => _durable >= token || _error is not null, $"token {token}");

    public Exception WaitForFailure()
    {
        Wait(() => _error is not null, "a failure");
        return _error!;
    }

    private void Wait(Func<bool> condition, string what)
    {
        lock (_gate)
        {
            var until = DateTime.UtcNow + Deadline;
            while (!condition())
            {
                var left = until - DateTime.UtcNow;
                Assert.True(left > TimeSpan.Zero, $"no {what} within {Deadline}: {string.Join(", ", _events.TakeLast(10))}");
                Monitor.Wait(_gate, left);
            }
        }
    }
}
