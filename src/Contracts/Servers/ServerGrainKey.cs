using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Contracts.Servers;

/// <summary>
/// The key of a grain that belongs to one server's part of one tree, written <c>tree/serverId</c>, for example <c>root/2</c>.
/// Such grains live on the silo of that server only.
/// </summary>
/// <param name="Tree">The tree's name; not empty.</param>
/// <param name="Server">The server.</param>
public readonly record struct ServerGrainKey(string Tree, ServerId Server)
{
    /// <summary>Reads a key. The server id is what stands behind the last slash.</summary>
    /// <param name="key">The text.</param>
    /// <param name="parsed">The key, when the text is one.</param>
    /// <returns>False when there is no tree, no slash, or no server id of 1 to 255 in plain digits.</returns>
    public static bool TryParse([NotNullWhen(true)] string? key, out ServerGrainKey parsed)
    {
        parsed = default;
        var slash = key?.LastIndexOf('/') ?? -1;
        if (slash <= 0 || !TryParseServer(key.AsSpan(slash + 1), out var server))
        {
            return false;
        }

        parsed = new ServerGrainKey(key![..slash], server);
        return true;
    }

    /// <summary>Reads a key.</summary>
    /// <exception cref="FormatException">The text is no such key.</exception>
    public static ServerGrainKey Parse(string key) => TryParse(key, out var parsed)
        ? parsed
        : throw new FormatException($"grain key '{key}' is not of the form tree/serverId with a server id of 1 to {ServerId.Max}");

    /// <summary>The text of the key.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Tree}/{Server.Value}");

    // One spelling per key: "root/01" would be another grain than "root/1" with the same disk.
    private static bool TryParseServer(ReadOnlySpan<char> digits, out ServerId server)
    {
        server = default;
        if (digits.Length is 0 or > 3 || digits[0] == '0'
            || !int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var value) || value > ServerId.Max)
        {
            return false;
        }

        server = new ServerId(value);
        return true;
    }
}
