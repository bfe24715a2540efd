using System.Diagnostics;
using GrainKeeper.Simulation;
using GrainKeeper.Simulation.AtomicCommit;

RunnerOptions options;
try
{
    options = RunnerOptions.Parse(args);
}
catch (ArgumentException e)
{
    Console.Error.WriteLine(e.Message);
    Console.Error.WriteLine(RunnerOptions.Usage);
    return 2;
}

if (options.Commit is { } protocol)
{
    return CommitCommand.Run(protocol, options);
}

if (options.Seed is { } only)
{
    var result = Simulation.Run(only, options.Trace ? Console.WriteLine : null, options.Bare);
    Console.WriteLine(result.Failure is null ? $"seed {only} holds: {result.Statistics}" : FailureReport.Make(result));
    return result.Failure is null ? 0 : 1;
}

var clock = Stopwatch.StartNew();
var first = options.From ?? (options.Minutes is null ? 1 : DateTimeOffset.UtcNow.ToUnixTimeSeconds() * 1_000_000);
var count = options.Minutes is null ? options.Seeds : long.MaxValue / 2;
var told = 0L;
var ran = 0L;
var (failed, seen) = Runner.Run(first, count, options.Threads, options.Minutes is { } minutes ? TimeSpan.FromMinutes(minutes) : null, options.KeepGoing, options.Bare, result =>
{
    ran++;
    if (result.Failure is not null)
    {
        Console.WriteLine($"seed {result.Seed} fails: {result.Failure.Message}");
    }

    if (clock.Elapsed.TotalSeconds > told + 30)
    {
        told = (long)clock.Elapsed.TotalSeconds;
        Console.WriteLine($"{told} s: {ran} seeds");
    }
});
foreach (var result in failed.Take(5))
{
    Console.WriteLine(FailureReport.Make(result));
}

Console.WriteLine($"seeds {first}… in {clock.Elapsed.TotalSeconds:F1} s: {seen}");
Console.WriteLine($"{seen.Runs - failed.Count} seeds hold, {failed.Count} fail");
foreach (var group in failed.GroupBy(f => f.Property).OrderByDescending(g => g.Count()))
{
    Console.WriteLine($"  {group.Count()} × {group.Key}: seeds {string.Join(", ", group.Take(8).Select(f => f.Seed))}");
}

return failed.Count == 0 ? 0 : 1;
