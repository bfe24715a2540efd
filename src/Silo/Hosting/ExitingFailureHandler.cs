using GrainKeeper.Grains.Hosting;

namespace GrainKeeper.Silo.Hosting;

/// <summary>Ends the process with <see cref="ExitCodes.Fatal"/> and one line that says why.</summary>
internal sealed class ExitingFailureHandler : IServerFailureHandler
{
    public void Fatal(string message, Exception error) => ProcessEnd.Now(
        ExitCodes.Fatal, $"FATAL {message.ReplaceLineEndings(" ")} ({error.GetType().Name}: {error.Message.ReplaceLineEndings(" ")})");
}
