using GrainKeeper.Core.Quorum;
using GrainKeeper.Storage;

namespace GrainKeeper.Console.DataDirectory;

/// <summary>Which entries of a log are shown.</summary>
internal sealed record EntryFilter(Zxid From, Zxid Until, string? Path, int Most)
{
    internal FilteredLog Read(string directory)
    {
        var entries = new Queue<LogItem.Entry>();
        var found = new FilteredLog();
        LogInspection.Read(directory, summarize: true, item =>
        {
            switch (item)
            {
                case LogItem.Entry entry when IsWanted(entry):
                    entries.Enqueue(entry);
                    if (entries.Count > Most)
                    {
                        entries.Dequeue();
                        found.LeftOut++;
                    }

                    break;
                case LogItem.Damage damage:
                    found.IsDamaged = true;
                    found.Problems.Add($"{damage.File} is damaged at offset {damage.Offset}: {damage.What}");
                    break;
                case LogItem.Torn torn:
                    found.Problems.Add($"{torn.File} ends torn at offset {torn.Offset}: {torn.What}; never confirmed, the next start cuts it off, or a server is writing it");
                    break;
                default:
                    break;
            }
        });
        found.Entries = [.. entries];
        return found;
    }

    private bool IsWanted(LogItem.Entry entry) =>
        entry.Zxid.Value >= From.Value && entry.Zxid.Value <= Until.Value
        && (Path is null || entry.Summary!.Paths.Any(p => p == Path || Path == "/" || p.StartsWith(Path + "/", StringComparison.Ordinal)));
}
