using System.Collections.Concurrent;
using System.Diagnostics;
using ChildProcess = System.Diagnostics.Process;

namespace GrainKeeper.Process.Tests.Harness;

/// <summary>The built server executable as a real process, with everything it prints.</summary>
internal sealed class ServerProgram : IDisposable
{
    private const int MaxLines = 20_000;
    private readonly ChildProcess _process;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly Task _reading;

    private ServerProgram(ProcessStartInfo start, Action<string>? heard)
    {
        Arguments = string.Join(' ', start.ArgumentList);
        _process = ChildProcess.Start(start)!;
        Id = _process.Id;
        _reading = Task.WhenAll(ReadAsync(_process.StandardOutput, heard), ReadAsync(_process.StandardError, heard));
    }

    /// <summary>The executable, built beside these tests.</summary>
    public static string Executable { get; } = Path.Combine(AppContext.BaseDirectory, "GrainKeeper.Silo");

    public string Arguments { get; }

    public int Id { get; }

    public bool HasExited => _process.HasExited;

    public IReadOnlyCollection<string> Lines => _lines;

    public string Output => string.Join(Environment.NewLine, _lines);

    /// <summary>The last lines, to explain a failure.</summary>
    public string Tail => $"--- {Arguments}{Environment.NewLine}{string.Join(Environment.NewLine, _lines.TakeLast(25))}";

    public static ServerProgram Start(IEnumerable<string> arguments, Action<string>? heard = null, IEnumerable<(string Name, string Value)>? environment = null) =>
        Start(Executable, arguments, heard, environment);

    /// <summary>Starts another program than the server.</summary>
    public static ServerProgram Start(string program, IEnumerable<string> arguments, Action<string>? heard = null, IEnumerable<(string Name, string Value)>? environment = null)
    {
        // A shell that runs the tests in its background has interrupts ignored, and a program keeps to what it was started with: so the program
        // is started with the default, as at a terminal. The process stays the same one.
        var start = new ProcessStartInfo("/usr/bin/env", ["--default-signal=INT,QUIT", program, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };

        // Servers read their settings from variables of this prefix; those of the test run are not meant for them.
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("GRAINKEEPER_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment ?? [])
        {
            start.Environment[name] = value;
        }

        return new ServerProgram(start, heard);
    }

    public void Signal(int signal) => Signals.Send(Id, signal);

    /// <summary>Kills it with SIGKILL and waits until it is gone.</summary>
    public async Task KillAsync()
    {
        Signal(Signals.Kill);
        await WaitForExitAsync(60);
    }

    /// <summary>Asks it to stop with a signal, and waits for the end.</summary>
    /// <returns>The exit code.</returns>
    public Task<int> StopAsync(int signal, double seconds)
    {
        Signal(signal);
        return WaitForExitAsync(seconds);
    }

    /// <returns>The exit code, once everything printed has been read.</returns>
    public async Task<int> WaitForExitAsync(double seconds)
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(seconds));
        }
        catch (TimeoutException)
        {
            Assert.Fail($"the process did not end within {seconds} s{Environment.NewLine}{Tail}");
        }

        await _reading.WaitAsync(TimeSpan.FromSeconds(60));
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit(10_000);
        }

        _process.Dispose();
    }

    private async Task ReadAsync(StreamReader reader, Action<string>? heard)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            _lines.Enqueue(line);
            if (_lines.Count > MaxLines)
            {
                _lines.TryDequeue(out _);
            }

            heard?.Invoke(line);
        }
    }
}
