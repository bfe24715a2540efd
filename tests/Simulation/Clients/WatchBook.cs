using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Simulation.Clients;

/// <summary>The watches of one client, as ZooKeeper's client keeps them: set by a reply, taken away by their event.</summary>
public sealed class WatchBook
{
    /// <summary>Watches on a node's data or existence, by path.</summary>
    public SortedDictionary<string, WatchEntry> Data { get; } = new(StringComparer.Ordinal);

    /// <summary>Watches on a node's children, by path.</summary>
    public SortedDictionary<string, WatchEntry> Children { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether there are none.</summary>
    public bool Empty => Data.Count == 0 && Children.Count == 0;

    /// <summary>Remembers a watch; one that is there stays as old as it is.</summary>
    public void Add(bool children, string path, Zxid since, bool onAbsent) =>
        (children ? Children : Data).TryAdd(path, new WatchEntry(since, onAbsent, Rearmed: false));

    /// <summary>The connection is new: events may sum up what was missed.</summary>
    public void Rearm()
    {
        foreach (var book in new[] { Data, Children })
        {
            foreach (var path in book.Keys.ToArray())
            {
                book[path] = book[path] with { Rearmed = true };
            }
        }
    }

    /// <summary>The session is gone, and all watches with it.</summary>
    public void Clear()
    {
        Data.Clear();
        Children.Clear();
    }
}
