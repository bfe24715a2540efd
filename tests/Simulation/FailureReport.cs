using System.Globalization;

namespace GrainKeeper.Simulation;

/// <summary>Tells of a failed run all that is needed to work on it: what was violated, the last events, and how to replay it.</summary>
public static class FailureReport
{
    private const int lastLines = 60;

    /// <summary>Runs the seed once more, listening, and makes the report.</summary>
    public static string Make(RunResult failed)
    {
        var last = new Queue<string>();
        var again = Simulation.Run(failed.Seed, failed.Profile, line =>
        {
            last.Enqueue(line);
            if (last.Count > lastLines)
            {
                last.Dequeue();
            }
        });
        var text = new StringWriter(CultureInfo.InvariantCulture);
        text.WriteLine($"seed {failed.Seed} violates: {failed.Property}");
        text.WriteLine($"  {failed.Failure!.Message}");
        if (failed.Failure is not PropertyViolatedException)
        {
            text.WriteLine(failed.Failure);
        }

        if (again.Fingerprint != failed.Fingerprint || again.Failure?.Message != failed.Failure.Message)
        {
            text.WriteLine($"  NOT DETERMINISTIC: the replay ended with {again.Failure?.Message ?? "success"}");
        }

        text.WriteLine($"  world: {failed.Profile}");
        text.WriteLine($"  seen: {failed.Statistics}");
        text.WriteLine($"  last {last.Count} events:");
        foreach (var line in last)
        {
            text.WriteLine(line.Length > 260 ? string.Concat(line.AsSpan(0, 260), "…") : line);
        }

        text.WriteLine($"replay: dotnet run -c Release --project tests/Simulation -- {(failed.Profile.Bare ? "--bare " : "")}--seed {failed.Seed} --trace");
        return text.ToString();
    }
}
