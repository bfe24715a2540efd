using System.Diagnostics;
using GrainKeeper.Silo.Hosting;

namespace GrainKeeper.Silo.Commands.Dev;

/// <summary>One server of a development ensemble: its process, started again whenever it ends before it should.</summary>
internal sealed class DevServer(int number, Func<ProcessStartInfo> start, TextWriter output, Action changed)
{
    // A process that lived so long had started well; its end is a new story.
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LastPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(20);
    private const int MaxFailures = 10;
    private volatile ChildStatus _status = ChildStatus.Down;

    public int Number => number;

    public ChildStatus Status => _status;

    /// <summary>Runs the server until cancelled.</summary>
    /// <returns>Null when it was cancelled; else why it makes no sense to go on, as an exit code.</returns>
    public async Task<int?> RunAsync(CancellationToken cancellationToken)
    {
        var failures = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            var watch = Stopwatch.StartNew();
            var code = await RunOnceAsync(cancellationToken);
            if (cancellationToken.IsCancellationRequested)
            {
                return null;
            }

            failures = watch.Elapsed > Settled ? 1 : failures + 1;
            if (code == ExitCodes.BadConfiguration || failures >= MaxFailures)
            {
                Say($"ended with exit code {code}{(code == ExitCodes.BadConfiguration ? string.Empty : $" {failures} times in a row")}: giving up");
                return code == 0 ? ExitCodes.CannotStart : code;
            }

            var pause = Min(FirstPause * Math.Pow(2, failures - 1), LastPause);
            Say($"ended with exit code {code} and starts again in {pause.TotalMilliseconds:0} ms");
            await Task.Delay(pause, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return null;
    }

    private async Task<int> RunOnceAsync(CancellationToken cancellationToken)
    {
        using var process = Process.Start(start()) ?? throw new InvalidOperationException("the process of a server was not started");
        var reading = Task.WhenAll(Relay(process.StandardOutput), Relay(process.StandardError));
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            await StopAsync(process);
        }

        await reading.WaitAsync(TimeSpan.FromSeconds(2), CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _status = ChildStatus.Down;
        changed();
        return process.ExitCode;
    }

    // The end of its input asks a child to stop; the same happens by itself when this process is killed.
    private async Task StopAsync(Process process)
    {
        process.StandardInput.Close();
        using var patience = new CancellationTokenSource(Farewell);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            Say($"did not stop within {Farewell.TotalSeconds} s and is killed");
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    private async Task Relay(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            if (ChildStatus.Parse(line) is { } status)
            {
                _status = status;
                changed();
            }
            else
            {
                Say(line);
            }
        }
    }

    private void Say(string line) => output.WriteLine($"[{number}] {line}");

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
