using System.Globalization;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Contracts;

/// <summary>The key of every grain that belongs to one server: <c>tree/serverId</c>, for example <c>root/3</c>. Such grains live only on that server's silo.</summary>
/// <param name="Tree">The tree's name, valid by <see cref="TreeName"/>.</param>
/// <param name="Server">The server, 1 to <see cref="ServerId.Max"/>.</param>
public readonly record struct ServerGrainKey(string Tree, ServerId Server)
{
    /// <summary>The key's text.</summary>
    public static string Format(string tree, ServerId server) =>
        string.Create(CultureInfo.InvariantCulture, $"{tree}/{server.Value}");

    /// <summary>Takes a key's text apart.</summary>
    /// <returns>False when it is no such key.</returns>
    public static bool TryParse(string? text, out ServerGrainKey key)
    {
        key = default;
        var slash = text?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        // One spelling per key: "root/01" would be another grain than "root/1" with the same disk.
        if (slash < 0
            || text.AsSpan(slash + 1).StartsWith("0")
            || !int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            || id is < 1 or > ServerId.Max
            || !TreeName.IsValid(text![..slash]))
        {
            return false;
        }

        key = new ServerGrainKey(text[..slash], new ServerId(id));
        return true;
    }

    /// <summary>Takes a key's text apart.</summary>
    /// <exception cref="FormatException">It is no such key.</exception>
    public static ServerGrainKey Parse(string text) => TryParse(text, out var key)
        ? key
        : throw new FormatException($"grain key '{text}' is not of the form tree/serverId with a server id of 1 to {ServerId.Max}");

    /// <inheritdoc/>
    public override string ToString() => Format(Tree, Server);
}
