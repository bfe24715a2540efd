using System.Globalization;
using GrainKeeper.Core.AtomicCommit;

namespace GrainKeeper.Simulation.AtomicCommit;

/// <summary>Runs many seeds of atomic commit at once.</summary>
public static class CommitRunner
{
    private const int lastLines = 80;

    /// <summary>Runs seeds until all are done or one fails.</summary>
    /// <param name="protocol">Which protocol.</param>
    /// <param name="first">The first seed.</param>
    /// <param name="count">How many.</param>
    /// <param name="threads">How many at a time.</param>
    /// <param name="keepGoing">Whether to go on after a failure.</param>
    public static (IReadOnlyList<CommitRunResult> Failed, CommitStatistics Seen) Run(CommitProtocol protocol, long first, long count, int threads, bool keepGoing)
    {
        var failed = new List<CommitRunResult>();
        var seen = new CommitStatistics();
        var gate = new Lock();
        var next = first - 1;
        void Work()
        {
            while (Interlocked.Increment(ref next) is var seed && seed < first + count)
            {
                var result = CommitSimulation.Run(protocol, seed);
                lock (gate)
                {
                    seen.Add(result.Statistics);
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

    /// <summary>Runs a failed seed once more, listening, and tells what is needed to work on it.</summary>
    public static string Report(CommitRunResult failed)
    {
        var last = new Queue<string>();
        var again = CommitSimulation.Run(failed.Protocol, failed.Seed, line =>
        {
            last.Enqueue(line);
            if (last.Count > lastLines)
            {
                last.Dequeue();
            }
        });
        var text = new StringWriter(CultureInfo.InvariantCulture);
        text.WriteLine($"{failed.Protocol}, seed {failed.Seed}: {(failed.Failure is PropertyViolatedException ? failed.Failure.Message : failed.Failure)}");
        if (again.Fingerprint != failed.Fingerprint || again.Failure?.Message != failed.Failure!.Message)
        {
            text.WriteLine($"  NOT DETERMINISTIC: the replay ended with {again.Failure?.Message ?? "success"}");
        }

        text.WriteLine($"  world: {CommitProfile.Make(failed.Protocol, failed.Seed)}");
        text.WriteLine($"  last {last.Count} events:");
        foreach (var line in last)
        {
            text.WriteLine(line);
        }

        text.WriteLine($"replay: {failed.Replay}");
        return text.ToString();
    }
}
