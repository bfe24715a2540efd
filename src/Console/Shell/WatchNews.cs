using System.Globalization;
using GrainKeeper.Client;

namespace GrainKeeper.Console.Shell;

/// <summary>Events of watched nodes that wait to be shown before the next prompt, and the watches themselves. Safe for any thread.</summary>
internal sealed class WatchNews
{
    /// <summary>Most lines that wait; of further ones only the number is told.</summary>
    private const int MostLines = 1_000;

    private readonly Lock _lock = new();
    private readonly Queue<string> _lines = new();
    private readonly Dictionary<string, IAsyncDisposable> _watches = new(StringComparer.Ordinal);
    private int _missed;

    /// <summary>The paths that are watched, sorted.</summary>
    internal IReadOnlyList<string> Paths
    {
        get
        {
            lock (_lock)
            {
                return [.. _watches.Keys.Order(StringComparer.Ordinal)];
            }
        }
    }

    internal static string Describe(WatchEvent happened) => $"{DateTime.UtcNow.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture)} {happened.Type} {happened.Path}";

    internal void Tell(string line)
    {
        lock (_lock)
        {
            if (_lines.Count < MostLines)
            {
                _lines.Enqueue(line);
            }
            else
            {
                _missed++;
            }
        }
    }

    /// <summary>What has happened since this was last asked.</summary>
    internal IReadOnlyList<string> Take()
    {
        lock (_lock)
        {
            List<string> taken = [.. _lines];
            if (_missed > 0)
            {
                taken.Add($"… and {_missed} more");
            }

            _lines.Clear();
            _missed = 0;
            return taken;
        }
    }

    /// <summary>Keeps a watch until it is forgotten.</summary>
    /// <returns>The one that it replaces, to be disposed; null for none.</returns>
    internal IAsyncDisposable? Keep(string path, IAsyncDisposable watch)
    {
        lock (_lock)
        {
            _watches.Remove(path, out var before);
            _watches[path] = watch;
            return before;
        }
    }

    /// <summary>Forgets a watch.</summary>
    /// <returns>It, to be disposed; null when there is none.</returns>
    internal IAsyncDisposable? Forget(string path)
    {
        lock (_lock)
        {
            _watches.Remove(path, out var watch);
            return watch;
        }
    }
}
