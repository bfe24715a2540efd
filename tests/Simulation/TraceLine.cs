using System.Runtime.CompilerServices;

namespace GrainKeeper.Simulation;

/// <summary>Formats a line of the trace only when somebody listens.</summary>
[InterpolatedStringHandler]
public ref struct TraceLine
{
    private DefaultInterpolatedStringHandler _inner;
    private readonly bool _on;

    /// <summary>Called by the compiler.</summary>
    public TraceLine(int literalLength, int formattedCount, Trace trace, out bool shouldAppend)
    {
        _on = shouldAppend = trace.On;
        _inner = _on ? new DefaultInterpolatedStringHandler(literalLength, formattedCount) : default;
    }

    /// <summary>Called by the compiler.</summary>
    public void AppendLiteral(string value) => _inner.AppendLiteral(value);

    /// <summary>Called by the compiler.</summary>
    public void AppendFormatted<T>(T value) => _inner.AppendFormatted(value);

    /// <summary>Called by the compiler.</summary>
    public void AppendFormatted<T>(T value, string? format) => _inner.AppendFormatted(value, format);

    /// <summary>The text; empty when nobody listens.</summary>
    public string ToStringAndClear() => _on ? _inner.ToStringAndClear() : string.Empty;
}
