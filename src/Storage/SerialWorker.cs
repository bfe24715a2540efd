namespace GrainKeeper.Storage;

/// <summary>
/// A thread of its own for blocking disk work, started with the first job. The thread pool is left alone: on a small machine two blocked
/// pool threads would hold up every grain.
/// </summary>
/// <param name="name">The thread's name.</param>
/// <param name="capacity">Jobs that may wait.</param>
internal sealed class SerialWorker(string name, int capacity)
{
    private const int StackSize = 512 * 1024;

    private readonly object _gate = new();
    private readonly Queue<Action> _jobs = new();
    private Thread? _thread;
    private bool _closed;

    /// <summary>Queues a job, which must not throw.</summary>
    /// <returns>False when it is closed or too many wait.</returns>
    public bool TryPost(Action job)
    {
        lock (_gate)
        {
            if (_closed || _jobs.Count >= capacity)
            {
                return false;
            }

            _jobs.Enqueue(job);
            if (_thread is null)
            {
                _thread = new Thread(Run, StackSize) { IsBackground = true, Name = name };
                _thread.Start();
            }

            Monitor.Pulse(_gate);
            return true;
        }
    }

    /// <summary>Takes no further jobs, and waits until those queued are done.</summary>
    /// <returns>False when that took too long.</returns>
    public bool Close(TimeSpan limit)
    {
        Thread? thread;
        lock (_gate)
        {
            _closed = true;
            Monitor.Pulse(_gate);
            thread = _thread;
        }

        return thread is null || thread.Join(limit);
    }

    private void Run()
    {
        while (true)
        {
            Action? job;
            lock (_gate)
            {
                while (!_jobs.TryDequeue(out job))
                {
                    if (_closed)
                    {
                        return;
                    }

                    Monitor.Wait(_gate);
                }
            }

            job();
        }
    }
}
