namespace GrainKeeper.Console.Shell;

/// <summary>The lines that were typed, in a file that only its owner can read. Lines that hold credentials, or begin with a space, are not kept.</summary>
internal sealed class ShellHistory
{
    /// <summary>Most lines that are kept.</summary>
    internal const int MostLines = 1_000;

    /// <summary>Longer lines are data rather than commands.</summary>
    internal const int LongestLine = 2_000;

    private readonly string? _file;
    private readonly List<string> _lines = [];
    private int _inFile;

    private ShellHistory(string? file) => _file = file;

    /// <summary>The lines, the oldest first.</summary>
    internal IReadOnlyList<string> Lines => _lines;

    /// <summary>The file by GK_HISTORY, else under the user's state directory; null for none, when that variable is empty.</summary>
    internal static string? DefaultFile()
    {
        if (Environment.GetEnvironmentVariable("GK_HISTORY") is { } named)
        {
            return named.Length == 0 ? null : named;
        }

        var state = Environment.GetEnvironmentVariable("XDG_STATE_HOME");
        if (string.IsNullOrEmpty(state))
        {
            var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            state = home.Length == 0 ? null : Path.Combine(home, ".local", "state");
        }

        return state is null ? null : Path.Combine(state, "gk", "history");
    }

    /// <summary>Reads the file; one that cannot be read is as good as none.</summary>
    internal static ShellHistory Load(string? file)
    {
        var history = new ShellHistory(file);
        try
        {
            if (file is not null && File.Exists(file))
            {
                foreach (var line in File.ReadLines(file))
                {
                    history._inFile++;
                    history.Remember(line);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new ShellHistory(null);
        }

        return history;
    }

    internal void Add(string line)
    {
        if (!IsFit(line) || (_lines.Count > 0 && _lines[^1] == line))
        {
            return;
        }

        Remember(line);
        try
        {
            Save(line);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A history that cannot be kept is no reason not to obey.
            _ = e;
        }
    }

    internal static bool IsFit(string line) =>
        line.Length is > 0 and <= LongestLine
        && !char.IsWhiteSpace(line[0])
        && !line.Any(char.IsControl)
        && !line.Contains("--auth", StringComparison.OrdinalIgnoreCase)
        && !line.Contains("digest:", StringComparison.OrdinalIgnoreCase)
        && !line.Contains("--ticket", StringComparison.OrdinalIgnoreCase)
        && !line.Contains("password", StringComparison.OrdinalIgnoreCase);

    private void Remember(string line)
    {
        _lines.Add(line);
        if (_lines.Count > MostLines)
        {
            _lines.RemoveAt(0);
        }
    }

    private void Save(string line)
    {
        if (_file is null)
        {
            return;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(_file))!);
        var anew = _inFile >= 2 * MostLines;
        var options = new FileStreamOptions { Mode = anew ? FileMode.Create : FileMode.Append, Access = FileAccess.Write, Share = FileShare.ReadWrite };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var writer = new StreamWriter(_file, options) { NewLine = "\n" };
        foreach (var kept in anew ? _lines : [line])
        {
            writer.WriteLine(kept);
        }

        _inFile = anew ? _lines.Count : _inFile + 1;
    }
}
