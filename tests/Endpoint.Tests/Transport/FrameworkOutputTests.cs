namespace GrainKeeper.Endpoint.Tests.Transport;

/// <summary>The output of a connection whose socket the framework serves.</summary>
public sealed class FrameworkOutputTests() : OutputTests(Receiving.ByFramework);
