namespace GrainKeeper.Silo.Hosting;

/// <summary>The server cannot start.</summary>
/// <param name="exitCode">The process's exit code, one of <see cref="ExitCodes"/>.</param>
/// <param name="message">What is wrong and what to do, in one line.</param>
/// <param name="cause">The cause, or null.</param>
public sealed class ServerStartException(int exitCode, string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>The process's exit code.</summary>
    public int ExitCode { get; } = exitCode;
}
