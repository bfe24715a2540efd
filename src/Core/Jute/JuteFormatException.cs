namespace GrainKeeper.Core.Jute;

/// <summary>Bytes from outside are no valid record: too short, too long, a negative or huge length, or text that is not UTF-8.</summary>
public sealed class JuteFormatException(string message) : FormatException(message);
