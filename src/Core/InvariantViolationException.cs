namespace GrainKeeper.Core;

/// <summary>An invariant of a protocol core does not hold: a defect or damaged state. Never caught to go on; the server stops.</summary>
public sealed class InvariantViolationException(string message) : Exception(message);
