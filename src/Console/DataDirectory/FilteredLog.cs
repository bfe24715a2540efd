using GrainKeeper.Storage;

namespace GrainKeeper.Console.DataDirectory;

/// <summary>What was found in a log.</summary>
internal sealed class FilteredLog
{
    internal IReadOnlyList<LogItem.Entry> Entries { get; set; } = [];

    /// <summary>Entries that were wanted and had no room.</summary>
    internal long LeftOut { get; set; }

    internal bool IsDamaged { get; set; }

    internal List<string> Problems { get; } = [];
}
