namespace GrainKeeper.Endpoint.Tests.Transport;

/// <summary>The input of a connection that a poller serves.</summary>
public sealed class PolledInputTests() : InputTests(Receiving.Polled);
