using System.Globalization;
using GrainKeeper.Core.AtomicCommit;

namespace GrainKeeper.Simulation;

/// <summary>The runner's command line.</summary>
public sealed record RunnerOptions
{
    /// <summary>How to call it.</summary>
    public const string Usage = """
        usage: dotnet run -c Release --project tests/Simulation -- [options]
          --seeds N      run N seeds, from --from on (default 2000)
          --from N       the first seed (default 1)
          --minutes N    run seeds until N minutes have passed, from --from on (default: from a seed taken from the clock)
          --seed N       replay one seed
          --trace        with --seed: tell everything that happens
          --threads N    runs at a time (default: all processors)
          --bare         ZAB and election alone, without tree and clients: many more runs a minute
          --commit P     atomic commit instead: TwoPhase, ThreePhase or PaxosCommit
          --keep-going   do not stop at the first failure
        """;

    /// <summary>Seeds to run.</summary>
    public long Seeds { get; private init; } = 2_000;

    /// <summary>The first seed.</summary>
    public long? From { get; private init; }

    /// <summary>The only seed.</summary>
    public long? Seed { get; private init; }

    /// <summary>How long to run.</summary>
    public double? Minutes { get; private init; }

    /// <summary>Whether to tell the story.</summary>
    public bool Trace { get; private init; }

    /// <summary>Runs at a time.</summary>
    public int Threads { get; private init; } = Environment.ProcessorCount;

    /// <summary>Whether ZAB runs alone.</summary>
    public bool Bare { get; private init; }

    /// <summary>Which protocol of atomic commit runs, or null for an ensemble.</summary>
    public CommitProtocol? Commit { get; private init; }

    /// <summary>Whether to go on after a failure.</summary>
    public bool KeepGoing { get; private init; }

    /// <summary>Reads the command line.</summary>
    /// <exception cref="ArgumentException">It is wrong; the message says how.</exception>
    public static RunnerOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new RunnerOptions();
        for (var i = 0; i < arguments.Count; i++)
        {
            var name = arguments[i];
            options = name switch
            {
                "--trace" => options with { Trace = true },
                "--bare" => options with { Bare = true },
                "--keep-going" => options with { KeepGoing = true },
                "--seeds" => options with { Seeds = Number(1) },
                "--from" => options with { From = Number(0) },
                "--seed" => options with { Seed = Number(0) },
                "--minutes" => options with { Minutes = Number(1) },
                "--threads" => options with { Threads = (int)Math.Min(Number(1), 1_024) },
                "--commit" => options with { Commit = Protocol() },
                _ => throw new ArgumentException($"unknown option {name}"),
            };

            CommitProtocol Protocol() => ++i < arguments.Count && Enum.TryParse<CommitProtocol>(arguments[i], out var protocol) && Enum.IsDefined(protocol)
                ? protocol
                : throw new ArgumentException($"{name} needs TwoPhase, ThreePhase or PaxosCommit");

            long Number(long least) =>
                ++i < arguments.Count && long.TryParse(arguments[i], NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least
                    ? value
                    : throw new ArgumentException($"{name} needs a whole number of at least {least}");
        }

        return options;
    }
}
