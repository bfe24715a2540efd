using GrainKeeper.Core.AtomicCommit;

namespace GrainKeeper.Simulation.AtomicCommit;

/// <summary>What came of one run.</summary>
/// <param name="Protocol">Which protocol.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Failure">What went wrong, or null.</param>
/// <param name="Fingerprint">A hash over all that happened.</param>
/// <param name="Statistics">What the run has seen.</param>
public sealed record CommitRunResult(CommitProtocol Protocol, long Seed, Exception? Failure, ulong Fingerprint, CommitStatistics Statistics)
{
    /// <summary>The command that replays it.</summary>
    public string Replay => $"dotnet run -c Release --project tests/Simulation -- --commit {Protocol} --seed {Seed} --trace";
}
