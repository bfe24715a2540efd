using System.Text;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Client.Sessions;

/// <summary>Maps the client's paths to the server's and back.</summary>
/// <param name="prefix">The node that the client sees as <c>/</c>; empty for the whole tree.</param>
internal sealed class Chroot(string prefix)
{
    /// <summary>The server's path in UTF-8.</summary>
    /// <param name="path">The client's path.</param>
    /// <param name="sequential">Whether a number will be appended, so that the last segment may be empty.</param>
    /// <exception cref="ArgumentException">It is no valid path.</exception>
    internal byte[] ToServer(string path, bool sequential = false)
    {
        var problem = PathValidator.Check(Encoding.UTF8.GetBytes(path), sequential);
        if (!problem.IsNone)
        {
            throw new ArgumentException($"path '{path}': {problem}", nameof(path));
        }

        return Encoding.UTF8.GetBytes(prefix.Length > 0 && path == "/" && !sequential ? prefix : prefix + path);
    }

    /// <summary>The client's path; the server's own where it lies outside.</summary>
    internal string FromServer(ReadOnlySpan<byte> path)
    {
        var text = Encoding.UTF8.GetString(path);
        if (prefix.Length == 0 || !text.StartsWith(prefix, StringComparison.Ordinal))
        {
            return text;
        }

        return text.Length == prefix.Length ? "/" : text[prefix.Length] == '/' ? text[prefix.Length..] : text;
    }
}
