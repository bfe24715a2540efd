using System.Diagnostics;
using GrainKeeper.Core.AtomicCommit;

namespace GrainKeeper.Simulation.AtomicCommit;

/// <summary>The runner's <c>--commit</c>.</summary>
public static class CommitCommand
{
    /// <summary>Runs one seed or many.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(CommitProtocol protocol, RunnerOptions options)
    {
        if (options.Seed is { } only)
        {
            var result = CommitSimulation.Run(protocol, only, options.Trace ? Console.WriteLine : null);
            Console.WriteLine(result.Failure is null ? $"{protocol}, seed {only} holds: {result.Statistics}" : CommitRunner.Report(result));
            return result.Failure is null ? 0 : 1;
        }

        var clock = Stopwatch.StartNew();
        var (failed, seen) = CommitRunner.Run(protocol, options.From ?? 1, options.Seeds, options.Threads, options.KeepGoing);
        foreach (var result in failed.Take(options.KeepGoing ? 2 : 1))
        {
            Console.WriteLine(CommitRunner.Report(result));
        }

        Console.WriteLine($"{protocol} in {clock.Elapsed.TotalSeconds:F1} s: {seen}");
        Console.WriteLine($"{seen.Runs - failed.Count} seeds hold, {failed.Count} fail");
        foreach (var group in failed.GroupBy(f => (f.Failure as PropertyViolatedException)?.Property ?? f.Failure!.GetType().Name).OrderByDescending(g => g.Count()))
        {
            Console.WriteLine($"  {group.Count()} × {group.Key}: seeds {string.Join(", ", group.Take(8).Select(f => f.Seed))}");
        }

        return failed.Count == 0 ? 0 : 1;
    }
}
