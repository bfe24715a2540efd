using Microsoft.Extensions.Logging;

namespace GrainKeeper.Grains.Hosting;

/// <summary>Says what happened, in the log and on standard error, and ends the process without any further step.</summary>
internal sealed class ProcessEndingFailureHandler(ILogger<ProcessEndingFailureHandler> logger) : IServerFailureHandler
{
    private int _ending;

    /// <inheritdoc/>
    public void Fatal(string message, Exception error)
    {
        if (Interlocked.Exchange(ref _ending, 1) != 0)
        {
            return;
        }

        logger.LogCritical(error, "{Message}", message);
        Console.Error.WriteLine("FATAL: " + message);
        Console.Error.Flush();
        Environment.FailFast("GrainKeeper: " + message, error);
    }
}
