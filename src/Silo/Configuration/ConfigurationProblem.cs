namespace GrainKeeper.Silo.Configuration;

/// <summary>Something wrong with the configuration.</summary>
/// <param name="IsError">Whether the server must not start; otherwise a warning.</param>
/// <param name="Key">The key.</param>
/// <param name="Where">File and line, environment or command line; null when nothing was given.</param>
/// <param name="Value">The value as given, or null when there is none or it is a secret.</param>
/// <param name="What">What is wrong and what is allowed.</param>
/// <param name="Remedy">What to do.</param>
public sealed record ConfigurationProblem(bool IsError, string Key, string? Where, string? Value, string What, string Remedy)
{
    /// <summary>One line for the console.</summary>
    public override string ToString()
    {
        var where = Where is null ? string.Empty : Where + ": ";
        var value = Value is null ? string.Empty : $" = '{Clip(Value)}'";
        return $"{where}{Key}{value}: {What}; {Remedy}";
    }

    // A pasted file must not flood the console, nor its control characters move the cursor.
    private static string Clip(string value)
    {
        var clean = string.Concat(value.Take(120).Select(c => char.IsControl(c) ? '?' : c));
        return value.Length > 120 ? clean + "…" : clean;
    }
}
