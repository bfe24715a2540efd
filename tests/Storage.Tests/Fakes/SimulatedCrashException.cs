namespace GrainKeeper.Storage.Tests.Fakes;

/// <summary>The machine stopped at this call; every later call throws it too.</summary>
public sealed class SimulatedCrashException() : Exception("simulated crash");
