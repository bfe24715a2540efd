using System.Globalization;
using System.Runtime.CompilerServices;

namespace GrainKeeper.Simulation;

/// <summary>
/// The narrated story of a run, and its fingerprint. The story is formatted only when somebody listens; the fingerprint is always kept, so that
/// two runs of one seed can be compared.
/// </summary>
public sealed class Trace(EventLoop loop, Action<string>? listener)
{
    /// <summary>Whether lines are wanted.</summary>
    public bool On => listener is not null;

    /// <summary>A hash over what happened so far.</summary>
    public ulong Fingerprint { get; private set; } = 14695981039346656037UL;

    /// <summary>Tells one line.</summary>
    /// <param name="who">The server or client, for example <c>s1</c>.</param>
    /// <param name="line">What happened.</param>
    public void Tell(string who, [InterpolatedStringHandlerArgument("")] ref TraceLine line)
    {
        if (listener is not null)
        {
            listener(string.Create(CultureInfo.InvariantCulture, $"{loop.Now / 1000.0,12:F3} {who,-4} {line.ToStringAndClear()}"));
        }
    }

    /// <summary>Mixes a fact into the fingerprint.</summary>
    public void Mix(long fact) => Fingerprint = (Fingerprint ^ (ulong)fact) * 1099511628211UL;
}
