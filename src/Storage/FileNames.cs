using System.Globalization;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Storage;

/// <summary>The names in a replica's directory. Whatever ends in <see cref="TemporarySuffix"/> is unfinished, or on its way out, and removed at the next start.</summary>
internal static class FileNames
{
    public const string Lock = "lock";
    public const string Identity = "server";
    public const string AcceptedEpoch = "acceptedEpoch";
    public const string CurrentEpoch = "currentEpoch";

    /// <summary>A complete snapshot of the leader that is to replace everything: its presence is the decision.</summary>
    public const string Install = "install";

    public const string InstallTemporary = "install.tmp";
    public const string SpareSegment = "spare.tmp";
    public const string NewSegment = "segment.tmp";
    public const string NewSnapshot = "snapshot.tmp";
    public const string TemporarySuffix = ".tmp";
    public const string DamagedSuffix = ".damaged";

    private const string LogPrefix = "log.";
    private const string SnapshotPrefix = "snapshot.";

    public static string LogSegment(Zxid first) => string.Create(CultureInfo.InvariantCulture, $"{LogPrefix}{first.Value:x16}");

    public static string Snapshot(Zxid zxid) => string.Create(CultureInfo.InvariantCulture, $"{SnapshotPrefix}{zxid.Value:x16}");

    public static bool TryParseLogSegment(string name, out Zxid first) => TryParse(name, LogPrefix, out first);

    public static bool TryParseSnapshot(string name, out Zxid zxid) => TryParse(name, SnapshotPrefix, out zxid);

    private static bool TryParse(string name, string prefix, out Zxid zxid)
    {
        zxid = default;
        if (!name.StartsWith(prefix, StringComparison.Ordinal) || name.Length != prefix.Length + 16)
        {
            return false;
        }

        if (!long.TryParse(name.AsSpan(prefix.Length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
        {
            return false;
        }

        zxid = new Zxid(value);
        return true;
    }
}
