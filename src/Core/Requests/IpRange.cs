using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace GrainKeeper.Core.Requests;

/// <summary>The ids of the <c>ip</c> scheme: an address, optionally with the number of leading bits that count, for example <c>10.1.0.0/16</c>.</summary>
internal static class IpRange
{
    private const int LongestAddress = 16;
    private static readonly SearchValues<char> DigitsAndDots = SearchValues.Create("0123456789.");

    public static bool TryParse(string id, out IPAddress address, out int bits)
    {
        bits = 0;
        var slash = id.IndexOf('/', StringComparison.Ordinal);
        if (!TryParseAddress(slash < 0 ? id : id.AsSpan(0, slash), out address))
        {
            return false;
        }

        var width = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        bits = width;
        return slash < 0
            || (int.TryParse(id.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out bits) && bits <= width);
    }

    public static bool Matches(string address, string range)
    {
        if (!TryParse(range, out var wanted, out var bits) || !TryParseAddress(address, out var have) || have.AddressFamily != wanted.AddressFamily)
        {
            return false;
        }

        Span<byte> a = stackalloc byte[LongestAddress];
        Span<byte> b = stackalloc byte[LongestAddress];
        have.TryWriteBytes(a, out _);
        wanted.TryWriteBytes(b, out _);
        var whole = bits / 8;
        if (!a[..whole].SequenceEqual(b[..whole]))
        {
            return false;
        }

        var rest = bits % 8;
        return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
    }

    private static bool TryParseAddress(ReadOnlySpan<char> text, out IPAddress address)
    {
        address = IPAddress.None;

        // .NET also takes 10.1, 0x7f.1 and scope ids, which ZooKeeper refuses.
        if (!text.Contains(':') && (text.Count('.') != 3 || text.ContainsAnyExcept(DigitsAndDots)))
        {
            return false;
        }

        if (text.Contains('%') || text.Contains('[') || !IPAddress.TryParse(text, out var parsed))
        {
            return false;
        }

        address = parsed.IsIPv4MappedToIPv6 ? parsed.MapToIPv4() : parsed;
        return true;
    }
}
