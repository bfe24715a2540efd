namespace GrainKeeper.Endpoint.Tests.Transport;

/// <summary>The input of a connection whose socket the framework serves.</summary>
public sealed class FrameworkInputTests() : InputTests(Receiving.ByFramework);
