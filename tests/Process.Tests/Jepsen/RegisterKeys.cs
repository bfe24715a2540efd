using System.Globalization;

namespace GrainKeeper.Process.Tests.Jepsen;

/// <summary>
/// The nodes that clients work on: a few at a time, so that they contend for them, and after some operations others in their place, so that no history grows long and
/// what became of an unknown write does not stay open for ever.
/// </summary>
internal sealed class RegisterKeys
{
    /// <summary>Below which the nodes are.</summary>
    public const string Parent = "/registers";

    private const int Slots = 3;
    private const int OperationsPerKey = 150;
    private readonly int[] _used = new int[Slots];

    /// <summary>The node for a client's next operation.</summary>
    public string Next(Random random)
    {
        var slot = random.Next(Slots);
        return string.Create(CultureInfo.InvariantCulture, $"{Parent}/{slot}-{Interlocked.Increment(ref _used[slot]) / OperationsPerKey}");
    }
}
