namespace GrainKeeper.Differential.Tests.Driving;

/// <summary>Where the two servers disagree.</summary>
internal sealed class DifferenceException(string message) : Exception(message);
