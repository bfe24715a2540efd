using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Zab;
using GrainKeeper.Storage;

namespace GrainKeeper.Benchmarks.Restart;

/// <summary>A state that storage fills, and a listener for it.</summary>
internal sealed class BenchState(ReplicaState state) : IStorageState, IStorageListener
{
    private readonly object _gate = new();
    private long _durable;
    private Exception? _failure;

    public IStateWriter BeginRestore() => state.BeginRestore();

    public void Replay(Txn txn) => state.Replay(txn);

    public void Persisted(long token)
    {
        lock (_gate)
        {
            _durable = token;
            Monitor.PulseAll(_gate);
        }
    }

    public void Failed(Exception error)
    {
        lock (_gate)
        {
            _failure = error;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Waits until everything up to a token is durable.</summary>
    public void WaitFor(long token)
    {
        lock (_gate)
        {
            while (_durable < token)
            {
                if (_failure is not null)
                {
                    throw new InvalidOperationException("storage failed: " + _failure.Message, _failure);
                }

                Monitor.Wait(_gate);
            }
        }
    }
}
