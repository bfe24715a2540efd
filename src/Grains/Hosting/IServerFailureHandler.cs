namespace GrainKeeper.Grains.Hosting;

/// <summary>
/// Ends the server when its state can no longer be trusted: a broken invariant, or a disk that failed. Going on could lose acknowledged writes,
/// so the default ends the process at once; tests register another one.
/// </summary>
public interface IServerFailureHandler
{
    /// <summary>Ends the server. May return in tests; the replica that called takes no further part either way.</summary>
    /// <param name="message">What happened, where, and what an operator should do.</param>
    /// <param name="error">The cause.</param>
    void Fatal(string message, Exception error);
}
