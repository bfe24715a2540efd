namespace GrainKeeper.Simulation;

/// <summary>What came of one run.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="Profile">The world.</param>
/// <param name="Failure">What went wrong, or null.</param>
/// <param name="Fingerprint">A hash over all that happened: equal for two runs of one seed.</param>
/// <param name="Statistics">What the run has seen.</param>
public sealed record RunResult(long Seed, SimulationProfile Profile, Exception? Failure, ulong Fingerprint, RunStatistics Statistics)
{
    /// <summary>The violated property, or the type of the exception.</summary>
    public string? Property => Failure switch
    {
        null => null,
        PropertyViolatedException violated => violated.Property,
        _ => Failure.GetType().Name,
    };
}
