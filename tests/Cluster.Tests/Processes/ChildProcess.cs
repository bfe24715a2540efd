using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace GrainKeeper.Cluster.Tests.Processes;

/// <summary>A process that a test starts and surely ends.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();

    private ChildProcess(Process process) => _process = process;

    public bool HasExited => _process.HasExited;

    /// <summary>What it has written so far.</summary>
    public string Output => string.Join(Environment.NewLine, _lines);

    public static ChildProcess Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        var child = new ChildProcess(new Process { StartInfo = start });
        child._process.OutputDataReceived += (_, e) => child._lines.Enqueue(e.Data ?? string.Empty);
        child._process.ErrorDataReceived += (_, e) => child._lines.Enqueue(e.Data ?? string.Empty);
        child._process.Start();
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Runs a program to its end.</summary>
    public static async Task RunAsync(string program, params string[] arguments)
    {
        await using var child = Start(program, arguments);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(180));
        await child._process.WaitForExitAsync(patience.Token);
        Assert.True(child._process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {child._process.ExitCode}: {child.Output}");
    }

    /// <summary>Ends it as SIGKILL does.</summary>
    public async Task KillAsync()
    {
        _process.Kill(entireProcessTree: true);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await _process.WaitForExitAsync(patience.Token);
    }

    /// <summary>Ends it and its children, which have none, as SIGKILL does: for whoever cannot await, and without a look at all processes of the machine.</summary>
    public void Kill()
    {
        var children = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{_process.Id}/task/{_process.Id}/children"));

        // First, since it would start again what it misses.
        _process.Kill();
        foreach (var id in children.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            try
            {
                using var child = Process.GetProcessById(int.Parse(id, CultureInfo.InvariantCulture));
                child.Kill();
            }
            catch (ArgumentException)
            {
                // It has ended by itself.
            }
        }

        Assert.True(_process.WaitForExit(20_000), "it does not end");
    }

    public async ValueTask DisposeAsync()
    {
        if (!HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }
}
