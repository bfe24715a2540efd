namespace GrainKeeper.Silo.Configuration;

/// <summary>The configuration has errors. The message lists every one of them, a line each.</summary>
/// <param name="problems">All problems found, errors and warnings.</param>
public sealed class ConfigurationException(IReadOnlyList<ConfigurationProblem> problems)
    : Exception(string.Join(Environment.NewLine, problems.Where(p => p.IsError)))
{
    /// <summary>All problems found, errors and warnings.</summary>
    public IReadOnlyList<ConfigurationProblem> Problems { get; } = problems;
}
