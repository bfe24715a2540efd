using System.Globalization;

namespace GrainKeeper.Lab.Scenarios;

/// <summary>A scenario cannot be read or run; the message names the line, the thing and the remedy.</summary>
/// <param name="line">The line, from 1; 0 for the whole file.</param>
/// <param name="problem">What is wrong, and what to do.</param>
public sealed class ScenarioException(int line, string problem)
    : Exception(line == 0 ? problem : string.Create(CultureInfo.InvariantCulture, $"line {line}: {problem}"))
{
    /// <summary>The line, from 1; 0 for the whole file.</summary>
    public int Line { get; } = line;
}
