namespace GrainKeeper.Lab;

/// <summary>A property that must hold does not: the run has found a defect.</summary>
/// <param name="property">The property's short name, as docs/testing.md lists it.</param>
/// <param name="message">What was seen.</param>
public sealed class PropertyViolatedException(string property, string message) : Exception($"{property}: {message}")
{
    /// <summary>The property's short name.</summary>
    public string Property { get; } = property;
}
