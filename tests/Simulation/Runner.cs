using System.Diagnostics;

namespace GrainKeeper.Simulation;

/// <summary>Runs many seeds at once.</summary>
public static class Runner
{
    /// <summary>Runs seeds until all are done, the time is over, or one fails.</summary>
    /// <param name="first">The first seed.</param>
    /// <param name="count">How many.</param>
    /// <param name="threads">How many at a time.</param>
    /// <param name="limit">When to begin no more; null for never.</param>
    /// <param name="keepGoing">Whether to go on after a failure.</param>
    /// <param name="bare">Whether ZAB runs alone.</param>
    /// <param name="done">Hears of each run, one at a time.</param>
    /// <returns>The failed runs, by seed, and what all have seen.</returns>
    public static (IReadOnlyList<RunResult> Failed, RunStatistics Seen) Run(
        long first, long count, int threads, TimeSpan? limit, bool keepGoing, bool bare, Action<RunResult>? done = null)
    {
        var clock = Stopwatch.StartNew();
        var failed = new List<RunResult>();
        var seen = new RunStatistics();
        var gate = new Lock();
        var next = first - 1;
        void Work()
        {
            while (limit is null || clock.Elapsed < limit)
            {
                var seed = Interlocked.Increment(ref next);
                if (seed >= first + count)
                {
                    return;
                }

                var result = Simulation.Run(seed, bare: bare);
                lock (gate)
                {
                    seen.Add(result.Statistics);
                    done?.Invoke(result);
                    if (result.Failure is not null)
                    {
                        failed.Add(result);
                    }

                    if (failed.Count > 0 && !keepGoing)
                    {
                        return;
                    }
                }
            }
        }

        var workers = Enumerable.Range(0, threads).Select(_ => new Thread(Work)).ToList();
        workers.ForEach(w => w.Start());
        workers.ForEach(w => w.Join());
        return ([.. failed.OrderBy(f => f.Seed)], seen);
    }
}
