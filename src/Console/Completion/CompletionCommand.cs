using System.CommandLine;
using GrainKeeper.Console.Commands;

namespace GrainKeeper.Console.Completion;

/// <summary>The command that prints a script by which a shell completes the console's command lines.</summary>
internal static class CompletionCommand
{
    internal static Command Make(CommandContext context)
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh, fish or pwsh" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish", "pwsh");
        var command = new Command("completion", "Print a script that completes commands, options and paths: source <(gk completion bash)") { shell };
        command.SetAction(parsed =>
        {
            using var script = typeof(CompletionCommand).Assembly.GetManifestResourceStream($"completion.{parsed.GetValue(shell)}")!;
            script.CopyTo(context.Terminal.Out);
            return ExitCode.Ok;
        });
        return command;
    }
}
