using GrainKeeper.Client.Commands;

using var interrupted = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    // The first Ctrl-C ends the session in good order, the second ends the process.
    pressed.Cancel = !interrupted.IsCancellationRequested;
    interrupted.Cancel();
};
return await GkConsole.RunAsync(args, Terminal.Standard, interrupted.Token);
