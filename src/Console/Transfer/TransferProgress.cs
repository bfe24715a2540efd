using GrainKeeper.Console.Commands;
using Spectre.Console;

namespace GrainKeeper.Console.Transfer;

/// <summary>A bar on standard error, where a person sees it.</summary>
internal sealed class TransferProgress
{
    private readonly ProgressTask? _task;

    private TransferProgress(ProgressTask? task) => _task = task;

    internal static async Task<T> ShowAsync<T>(Terminal terminal, string title, Func<TransferProgress, Task<T>> work)
    {
        if (!terminal.ErrorIsScreen)
        {
            return await work(new TransferProgress(null));
        }

        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(terminal.Error) });
        return await console.Progress()
            .AutoClear(false)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn(), new SpinnerColumn())
            .StartAsync(progress => work(new TransferProgress(progress.AddTask(Markup.Escape(title), maxValue: 1))));
    }

    /// <summary>Tells how far it is.</summary>
    /// <param name="done">What is done.</param>
    /// <param name="total">Of how much; it may change.</param>
    internal void Tell(long done, long total)
    {
        if (_task is not null)
        {
            _task.MaxValue = Math.Max(Math.Max(done, total), 1);
            _task.Value = done;
        }
    }
}
