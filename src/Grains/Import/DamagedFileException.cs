namespace GrainKeeper.Grains.Import;

/// <summary>A file of the data directory is damaged at a place.</summary>
internal sealed class DamagedFileException(string file, long offset, string what, Exception? inner = null)
    : ImportException($"{file} is damaged at offset {offset}: {what}", inner!);
