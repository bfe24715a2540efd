using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace GrainKeeper.Core;

/// <summary>
/// Checks that stay on in Release builds. A failed one means that this server's state can no longer be trusted:
/// the host must end the process rather than go on.
/// </summary>
public static class Invariant
{
    /// <summary>Throws when <paramref name="condition"/> does not hold.</summary>
    /// <exception cref="InvariantViolationException">The condition is false.</exception>
    public static void That(
        [DoesNotReturnIf(false)] bool condition,
        [CallerArgumentExpression(nameof(condition))] string? what = null)
    {
        if (!condition)
        {
            throw new InvariantViolationException(what ?? "invariant violated");
        }
    }

    /// <summary>Throws when <paramref name="condition"/> does not hold; the message is built only then.</summary>
    /// <exception cref="InvariantViolationException">The condition is false.</exception>
    public static void That(
        [DoesNotReturnIf(false)] bool condition,
        [InterpolatedStringHandlerArgument(nameof(condition))] ref InvariantMessage message)
    {
        if (!condition)
        {
            throw new InvariantViolationException(message.ToString());
        }
    }
}
