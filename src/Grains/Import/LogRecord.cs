namespace GrainKeeper.Grains.Import;

/// <summary>A transaction as it stands in a log file; its checksum is right.</summary>
/// <param name="File">The file.</param>
/// <param name="Offset">Where the record begins.</param>
/// <param name="Bytes">Header and body.</param>
internal readonly record struct LogRecord(string File, long Offset, byte[] Bytes);
