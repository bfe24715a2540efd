namespace GrainKeeper.Console.DataDirectory;

/// <summary>A log segment or a snapshot.</summary>
/// <param name="File">Its path.</param>
/// <param name="Holds">What it is.</param>
/// <param name="From">The first zxid in a segment; null when it has none.</param>
/// <param name="To">The last one; of a snapshot the one after which the log is replayed.</param>
/// <param name="Entries">Transactions in a segment; null for a snapshot.</param>
/// <param name="Bytes">The file's length.</param>
/// <param name="State">Whether it is sound.</param>
/// <param name="Problem">What is not; null when it is.</param>
internal sealed record SurveyedFile(string File, string Holds, string? From, string? To, long? Entries, long Bytes, string State, string? Problem);
