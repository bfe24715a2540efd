using System.CommandLine;
using GrainKeeper.Client;

namespace GrainKeeper.Console.Shell;

/// <summary>What a shell keeps from command to command: its session, and the node on which it stands.</summary>
/// <param name="outer">The command line by which the shell was started.</param>
/// <param name="client">The session.</param>
/// <param name="news">What its watches tell.</param>
internal sealed class ShellSession(ParseResult outer, GrainKeeperClient client, WatchNews news)
{
    internal ParseResult Outer => outer;

    internal GrainKeeperClient Client => client;

    internal WatchNews News => news;

    /// <summary>The node to which relative paths are relative.</summary>
    internal string Folder { get; private set; } = "/";

    internal void Enter(string folder) => Folder = Resolve(folder);

    /// <summary>The absolute path; <c>.</c> and <c>..</c>, which no node is named, lead on and back.</summary>
    internal string Resolve(string path)
    {
        var parts = new List<string>();
        foreach (var part in (path.StartsWith('/') ? path : $"{Folder}/{path}").Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == "..")
            {
                parts.RemoveRange(Math.Max(0, parts.Count - 1), Math.Min(1, parts.Count));
            }
            else if (part != ".")
            {
                parts.Add(part);
            }
        }

        return "/" + string.Join('/', parts);
    }
}
