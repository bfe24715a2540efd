using System.Globalization;

namespace GrainKeeper.Process.Tests.Jepsen;

/// <summary>What the environment asks of a run.</summary>
/// <param name="Seed">The first seed.</param>
/// <param name="Minutes">How long to go on with further seeds; 0 for the first one alone.</param>
/// <param name="Reads">How judged reads are made.</param>
internal sealed record JepsenSettings(int Seed, double Minutes, ReadKind Reads)
{
    private const int DefaultSeed = 5;

    public static JepsenSettings FromEnvironment()
    {
        var minutes = Number("GRAINKEEPER_JEPSEN_MINUTES") ?? 0;
        var seed = (int?)Number("GRAINKEEPER_SEED") ?? (minutes > 0 ? Random.Shared.Next(1_000_000) : DefaultSeed);
        return new JepsenSettings(seed, minutes, Enum.Parse<ReadKind>(Environment.GetEnvironmentVariable("GRAINKEEPER_JEPSEN_READS") ?? nameof(ReadKind.Confirmed), ignoreCase: true));
    }

    /// <summary>The command that runs one seed alone.</summary>
    public string Replay(int seed) => string.Create(
        CultureInfo.InvariantCulture, $"GRAINKEEPER_SEED={seed} GRAINKEEPER_JEPSEN_READS={Reads} dotnet test tests/Process.Tests -c Release --filter JepsenTests --logger \"console;verbosity=detailed\"");

    private static double? Number(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture) : null;
}
