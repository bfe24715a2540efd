using System.Globalization;

namespace GrainKeeper.Core.Requests;

/// <summary>The number at the end of a sequential node's path: the parent's count of creates in at least ten characters (Java's <c>%010d</c>).</summary>
internal static class SequenceNumber
{
    private const int Width = 10;

    public static byte[] Append(ReadOnlySpan<byte> path, int number)
    {
        Span<byte> text = stackalloc byte[16];

        // .NET's D10 counts digits only; Java's width has the sign in it, once a parent's count has overflowed.
        var written = number >= 0
            ? number.TryFormat(text, out var length, "D10", CultureInfo.InvariantCulture)
            : number.TryFormat(text, out length, "D" + (Width - 1), CultureInfo.InvariantCulture);
        Invariant.That(written);
        var result = new byte[path.Length + length];
        path.CopyTo(result);
        text[..length].CopyTo(result.AsSpan(path.Length));
        return result;
    }
}
