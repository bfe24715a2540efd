using System.Diagnostics;

namespace GrainKeeper.TestServers;

/// <summary>A process that a test starts, with all that it says. Ends with its test.</summary>
public sealed class ChildProcess : IDisposable
{
    private const int MostLines = 20_000;
    private readonly Process _process;
    private readonly List<string> _lines = [];
    private readonly SemaphoreSlim _news = new(0);
    private int _openOutputs = 2;
    private bool _disposed;

    private ChildProcess(Process process) => _process = process;

    /// <summary>Its process id.</summary>
    public int Id => _process.Id;

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>What it has said so far on both outputs.</summary>
    public string Output
    {
        get
        {
            lock (_lines)
            {
                return string.Join('\n', _lines);
            }
        }
    }

    /// <summary>Starts a program.</summary>
    /// <exception cref="InvalidOperationException">The program is not there.</exception>
    public static ChildProcess Start(
        string program, IEnumerable<string> arguments, string? directory = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = directory ?? string.Empty,
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        // Servers read their settings from variables of this prefix; those of the test run are not meant for them.
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("GRAINKEEPER_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        try
        {
            var child = new ChildProcess(Process.Start(start)!);
            child.Listen();
            return child;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new InvalidOperationException($"{program} cannot be started ({e.Message}); .ci/run installs what the tests need", e);
        }
    }

    /// <summary>Writes a line to its standard input.</summary>
    public async Task SayAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Ends its standard input.</summary>
    public void EndInput() => _process.StandardInput.Close();

    /// <summary>Waits for a line, which may have been said before.</summary>
    /// <param name="from">How many lines to pass over; on return, the number of the line after the one found.</param>
    /// <param name="matches">Which line.</param>
    /// <param name="patience">How long to wait for it.</param>
    /// <exception cref="TimeoutException">There was none in time, or the process ended before it said it.</exception>
    public async Task<(string Line, int Next)> WaitForLineAsync(Func<string, bool> matches, TimeSpan patience, int from = 0)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            // What it has said before its end may still be on the way.
            var ended = _process.HasExited && Volatile.Read(ref _openOutputs) == 0;
            lock (_lines)
            {
                for (; from < _lines.Count; from++)
                {
                    if (matches(_lines[from]))
                    {
                        return (_lines[from], from + 1);
                    }
                }
            }

            if (ended || watch.Elapsed > patience)
            {
                throw new TimeoutException($"{(ended ? "the process ended" : $"not within {patience}")} without the line awaited; it said:\n{Output}");
            }

            await _news.WaitAsync(TimeSpan.FromMilliseconds(200));
        }
    }

    /// <summary>Waits until it ends.</summary>
    /// <returns>Its exit code.</returns>
    /// <exception cref="TimeoutException">It does not end in time; it is killed.</exception>
    public async Task<int> WaitForExitAsync(TimeSpan patience)
    {
        using var timeout = new CancellationTokenSource(patience);
        try
        {
            // Waits for the end of both outputs too.
            await _process.WaitForExitAsync(timeout.Token);
            return _process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            Kill();
            throw new TimeoutException($"the process did not end within {patience}; it said:\n{Output}");
        }
    }

    /// <summary>Kills it and all it has started.</summary>
    public void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It had ended.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        Kill();
        _process.WaitForExit(10_000);
        _process.Dispose();
        _news.Dispose();
    }

    private void Listen()
    {
        _process.OutputDataReceived += (_, line) => Hear(line.Data);
        _process.ErrorDataReceived += (_, line) => Hear(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    private void Hear(string? line)
    {
        if (line is null)
        {
            Interlocked.Decrement(ref _openOutputs);
        }
        else
        {
            Keep(line);
        }

        try
        {
            _news.Release();
        }
        catch (ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private void Keep(string line)
    {
        lock (_lines)
        {
            if (_lines.Count < MostLines)
            {
                _lines.Add(line);
            }
        }
    }
}
