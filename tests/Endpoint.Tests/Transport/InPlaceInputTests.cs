namespace GrainKeeper.Endpoint.Tests.Transport;

/// <summary>The input of a connection that is read on its poller's thread.</summary>
public sealed class InPlaceInputTests() : InputTests(Receiving.InPlace);
