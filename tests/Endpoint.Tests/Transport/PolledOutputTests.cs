namespace GrainKeeper.Endpoint.Tests.Transport;

/// <summary>The output of a connection that a poller serves.</summary>
public sealed class PolledOutputTests() : OutputTests(Receiving.Polled);
