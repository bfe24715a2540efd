using System.Runtime.CompilerServices;

namespace GrainKeeper.Core;

/// <summary>Formats the message of <see cref="Invariant"/> only when the check has failed, so that a passing check costs one branch.</summary>
[InterpolatedStringHandler]
public ref struct InvariantMessage
{
    private DefaultInterpolatedStringHandler _inner;
    private readonly bool _enabled;

    /// <summary>Called by the compiler.</summary>
    public InvariantMessage(int literalLength, int formattedCount, bool condition, out bool shouldAppend)
    {
        _enabled = shouldAppend = !condition;
        _inner = _enabled ? new DefaultInterpolatedStringHandler(literalLength, formattedCount) : default;
    }

    /// <summary>Called by the compiler.</summary>
    public void AppendLiteral(string value) => _inner.AppendLiteral(value);

    /// <summary>Called by the compiler.</summary>
    public void AppendFormatted<T>(T value) => _inner.AppendFormatted(value);

    /// <summary>Called by the compiler.</summary>
    public void AppendFormatted<T>(T value, string? format) => _inner.AppendFormatted(value, format);

    /// <summary>The message; empty when the check passed.</summary>
    public override string ToString() => _enabled ? _inner.ToStringAndClear() : string.Empty;
}
