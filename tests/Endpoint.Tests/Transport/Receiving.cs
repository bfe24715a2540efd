namespace GrainKeeper.Endpoint.Tests.Transport;

/// <summary>How a connection receives.</summary>
public enum Receiving
{
    /// <summary>By the framework's own thread, and on the thread pool.</summary>
    ByFramework,

    /// <summary>By a poller, and on the thread pool.</summary>
    Polled,

    /// <summary>By a poller, on its thread.</summary>
    InPlace,
}
