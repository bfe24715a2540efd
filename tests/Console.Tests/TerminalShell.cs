using System.Diagnostics;
using System.Globalization;
using System.Text;
using GrainKeeper.Client.Tests;

namespace GrainKeeper.Console.Tests;

/// <summary>A shell at a pseudo-terminal, in which <c>gk</c> completes as ever but otherwise only tells what it was called with.</summary>
internal sealed class TerminalShell : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _screen = new();
    private readonly Lock _lock = new();
    private readonly Task _reading;
    private int _lines;

    private TerminalShell(string home, Process process)
    {
        (Home, _process) = (home, process);
        _reading = Task.Run(ReadAsync);
    }

    /// <summary>The folder in which it stands, and nobody else.</summary>
    internal string Home { get; }

    /// <summary>What <c>gk</c> is, with its path.</summary>
    internal string Program => Path.Combine(Home, "gk-1", "gk");

    private string Screen
    {
        get
        {
            lock (_lock)
            {
                return _screen.ToString();
            }
        }
    }

    /// <summary>Starts one.</summary>
    /// <param name="name">The shell.</param>
    /// <param name="command">How to start it without anybody's settings.</param>
    /// <param name="source">The line by which its completion is set up.</param>
    /// <param name="servers">The servers to ask for paths.</param>
    internal static async Task<TerminalShell> StartAsync(string name, string command, string source, string servers)
    {
        var home = Directory.CreateTempSubdirectory($"gk-{name}-").FullName;
        var program = Path.Combine(Directory.CreateDirectory(Path.Combine(home, "gk-1")).FullName, "gk");
        await File.WriteAllTextAsync(program, $"""
            #!/bin/sh
            case "$1" in
                completion|'[suggest:'*) exec dotnet '{Path.Combine(AppContext.BaseDirectory, "gk.dll")}' "$@" ;;
            esac
            printf 'called:'
            printf '<%s>' "$@"
            printf ':end\n'
            """);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        var start = new ProcessStartInfo("script", ["-qfec", command, "/dev/null"]) { WorkingDirectory = home, RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var (variable, value) in new[]
        {
            ("HOME", home), ("TERM", "xterm"), ("LC_ALL", "C.UTF-8"), ("SHELL", "/bin/sh"), ("GK_SERVER", servers), ("PATH", $"{Path.GetDirectoryName(program)}:{Environment.GetEnvironmentVariable("PATH")}"),
        })
        {
            start.Environment[variable] = value;
        }

        var shell = new TerminalShell(home, Process.Start(start)!);
        try
        {
            await shell.EnterAsync("stty columns 500");
            await shell.EnterAsync(source);
            return shell;
        }
        catch
        {
            await shell.DisposeAsync();
            throw;
        }
    }

    /// <summary>Presses keys, then Enter, and waits for what <c>gk</c> was called with.</summary>
    internal async Task<string> TypeAsync(string keys)
    {
        var from = Screen.Length;
        await SendAsync(keys + "\r");
        var line = string.Empty;
        await UntilAsync(() => (line = Called(Screen[from..])).Length > 0, $"a call of gk after {keys}");
        return line;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        await _reading;
        _process.Dispose();
        Directory.Delete(Home, recursive: true);
    }

    private static string Called(string screen)
    {
        var begin = screen.IndexOf("called:", StringComparison.Ordinal) + "called:".Length;
        var end = screen.IndexOf(":end", StringComparison.Ordinal);
        return begin >= "called:".Length && end > begin ? screen[begin..end] : string.Empty;
    }

    /// <summary>Enters a line and waits until it is done.</summary>
    private async Task EnterAsync(string line)
    {
        // The quotes are in what is typed, not in what is printed.
        var done = (++_lines).ToString(CultureInfo.InvariantCulture);
        await SendAsync($"{line}; echo done''-{done}-\r");
        await UntilAsync(() => Screen.Contains($"done-{done}-", StringComparison.Ordinal), line);
    }

    private async Task SendAsync(string keys)
    {
        await _process.StandardInput.BaseStream.WriteAsync(Encoding.UTF8.GetBytes(keys));
        await _process.StandardInput.BaseStream.FlushAsync();
    }

    private async Task UntilAsync(Func<bool> holds, string what)
    {
        try
        {
            await Waiting.UntilAsync(holds, what, seconds: 60);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{e.Message}; the screen: {Screen}", e);
        }
    }

    private async Task ReadAsync()
    {
        using var reader = new StreamReader(_process.StandardOutput.BaseStream, Encoding.UTF8);
        var buffer = new char[4_096];
        while (await reader.ReadAsync(buffer) is > 0 and var read)
        {
            lock (_lock)
            {
                _screen.Append(buffer, 0, read);
            }
        }
    }
}
