using GrainKeeper.Storage;

namespace GrainKeeper.Console.DataDirectory;

/// <summary>Looks through all log segments and snapshots of a directory.</summary>
internal static class LogSurvey
{
    internal const string Sound = "sound";
    internal const string Torn = "torn";
    internal const string Damaged = "damaged";

    internal static IReadOnlyList<SurveyedFile> Of(string directory)
    {
        var files = new List<SurveyedFile>();
        LogInspection.Read(directory, summarize: false, item => Take(files, item));
        files.AddRange(SnapshotInspection.ReadAll(directory).Select(s => new SurveyedFile(
            s.File, "snapshot", null, $"0x{s.Zxid.Value:x}", null, s.Length, s.Problem is null ? Sound : Damaged, s.Problem)));
        return files;
    }

    private static void Take(List<SurveyedFile> files, LogItem item)
    {
        switch (item)
        {
            case LogItem.Segment segment:
                files.Add(new SurveyedFile(segment.File, $"segment {segment.Sequence}", null, null, 0, segment.Length, Sound, null));
                break;
            case LogItem.Entry entry:
                var zxid = $"0x{entry.Zxid.Value:x}";
                files[^1] = files[^1] with { From = files[^1].From ?? zxid, To = zxid, Entries = files[^1].Entries + 1 };
                break;
            case LogItem.Torn torn:
                files[^1] = files[^1] with { State = Torn, Problem = $"offset {torn.Offset}: {torn.What}; never confirmed, the next start cuts it off, or a server is writing it" };
                break;
            case LogItem.Damage damage when files.Count > 0 && files[^1].File == damage.File:
                files[^1] = files[^1] with { State = Damaged, Problem = files[^1].Problem ?? $"offset {damage.Offset}: {damage.What}" };
                break;
            case LogItem.Damage damage:
                files.Add(new SurveyedFile(damage.File, "segment", null, null, null, new FileInfo(damage.File).Length, Damaged, $"offset {damage.Offset}: {damage.What}"));
                break;
            default:
                break;
        }
    }
}
