namespace GrainKeeper.Core.Election;

/// <summary>Times and the secret of an election. All times in milliseconds.</summary>
public sealed record ElectionOptions
{
    /// <summary>The shortest secret of electionAlg 2, in bytes.</summary>
    public const int MinSecretLength = 16;

    /// <summary>
    /// How long a server that sees a quorum behind its vote waits for a better one. 0 to <see cref="ResendMin"/>; default 50. ZooKeeper waits 200.
    /// Only the chance of a second round depends on it, never safety, which is ZAB's.
    /// </summary>
    public int FinalizeWait { get; init; } = 50;

    /// <summary>The first interval after which an unanswered vote is told again; doubles each time. 1 to 60,000; default 200.</summary>
    public int ResendMin { get; init; } = 200;

    /// <summary>The longest such interval. <see cref="ResendMin"/> to 3,600,000; default 60,000.</summary>
    public int ResendMax { get; init; } = 60_000;

    /// <summary>electionAlg 0: how long a poll waits for answers before it counts what came. 1 to 60,000; default 200.</summary>
    public int PollTimeout { get; init; } = 200;

    /// <summary>electionAlg 0: the pause between an undecided count and the next poll; doubles while the vote stays. 1 to 60,000; default 100.</summary>
    public int PollInterval { get; init; } = 100;

    /// <summary>electionAlg 0: the longest such pause. <see cref="PollInterval"/> to 60,000; default 1,000.</summary>
    public int PollIntervalMax { get; init; } = 1_000;

    /// <summary>electionAlg 2: the ensemble's secret, at least <see cref="MinSecretLength"/> bytes. Never logged.</summary>
    public ReadOnlyMemory<byte> Secret { get; init; }

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="ArgumentException">A value is out of range; the message names it, the range and the remedy.</exception>
    public void Validate()
    {
        Require(ResendMin is >= 1 and <= 60_000, nameof(ResendMin), ResendMin, "1..60000");
        Require(ResendMax >= ResendMin && ResendMax <= 3_600_000, nameof(ResendMax), ResendMax, $"{ResendMin}..3600000");
        Require(FinalizeWait >= 0 && FinalizeWait <= ResendMin, nameof(FinalizeWait), FinalizeWait, $"0..{ResendMin} (ResendMin)");
        Require(PollTimeout is >= 1 and <= 60_000, nameof(PollTimeout), PollTimeout, "1..60000");
        Require(PollInterval is >= 1 and <= 60_000, nameof(PollInterval), PollInterval, "1..60000");
        Require(PollIntervalMax >= PollInterval && PollIntervalMax <= 60_000, nameof(PollIntervalMax), PollIntervalMax, $"{PollInterval}..60000");
    }

    private static void Require(bool holds, string name, int value, string range)
    {
        if (!holds)
        {
            throw new ArgumentException($"election option {name} is {value} ms: choose a value within {range}");
        }
    }

    /// <summary>The options without the secret, which must not reach a log.</summary>
    public override string ToString() =>
        $"ElectionOptions {{ FinalizeWait = {FinalizeWait}, ResendMin = {ResendMin}, ResendMax = {ResendMax}, "
        + $"PollTimeout = {PollTimeout}, PollInterval = {PollInterval}, PollIntervalMax = {PollIntervalMax}, Secret = {Secret.Length} bytes }}";
}
