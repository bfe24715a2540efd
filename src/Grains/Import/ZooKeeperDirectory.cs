using System.Globalization;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Grains.Import;

/// <summary>The files of a ZooKeeper server, and the state that they hold: the newest sound snapshot and the log after it.</summary>
internal sealed class ZooKeeperDirectory
{
    private const string Elsewhere = "Take the data directory of another server, or a copy made before";
    private readonly List<string> _warnings = [];
    private readonly List<(long Zxid, string File)> _snapshots;
    private readonly List<(long Zxid, string File)> _logs;
    private readonly string _directory;

    /// <param name="directory">Its dataDir, or the version-2 in it.</param>
    /// <param name="logDirectory">Its dataLogDir; null when it is the same.</param>
    public ZooKeeperDirectory(string directory, string? logDirectory)
    {
        _directory = directory;
        _snapshots = Find(directory, "snapshot.");
        _logs = Find(logDirectory ?? directory, "log.");
        _snapshots.Reverse();
    }

    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>The last transaction read.</summary>
    public Zxid Last { get; private set; }

    /// <summary>How many transactions of the log were replayed.</summary>
    public long Replayed { get; private set; }

    public ImportedTree Load()
    {
        var tree = LoadSnapshot(out var begin);
        Replay(tree, begin);
        if (tree.NewestZxid > Last.Value)
        {
            throw new ImportException(
                $"the snapshot holds changes up to zxid 0x{tree.NewestZxid:x}, but the log in {_directory} ends at {Last}: transactions are missing. " +
                "Name the log directory with --log-dir when it is another (dataLogDir), or: " + Elsewhere);
        }

        return tree;
    }

    private static List<(long Zxid, string File)> Find(string directory, string prefix)
    {
        var inner = Path.Combine(directory, "version-2");
        var found = new List<(long, string)>();
        try
        {
            foreach (var file in Directory.EnumerateFiles(Directory.Exists(inner) ? inner : directory, prefix + "*"))
            {
                // Copies and unfinished files of other names lie about.
                var name = Path.GetFileName(file)[prefix.Length..].Split('.', 2);
                var (number, suffix) = (name[0], name.Length > 1 ? name[1] : string.Empty);
                if (suffix is "" or "gz" or "snappy" && long.TryParse(number, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var zxid))
                {
                    found.Add((zxid, file));
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ImportException($"{directory} cannot be read: {e.Message}", e);
        }

        found.Sort();
        return found;
    }

    private ImportedTree LoadSnapshot(out long begin)
    {
        foreach (var (zxid, file) in _snapshots)
        {
            if (file.EndsWith(".snappy", StringComparison.Ordinal))
            {
                throw new ImportException(
                    $"{file} is compressed with snappy, which is not read here. Start that ZooKeeper server once with -Dzookeeper.snapshot.compression.method=gz " +
                    "(or without that property), stop it, and import again: a start writes a new snapshot");
            }

            try
            {
                var tree = ZooKeeperSnapshot.Read(file);
                begin = zxid;
                return tree;
            }
            catch (DamagedFileException e)
            {
                _warnings.Add($"{e.Message}; the snapshot before it is used");
            }
        }

        begin = 0;
        if (_snapshots.Count > 0)
        {
            throw new ImportException($"no snapshot in {_directory} is whole: {string.Join("; ", _warnings)}. {Elsewhere}");
        }

        if (_logs.Count == 0)
        {
            throw new ImportException(
                $"{_directory} holds neither snapshots nor logs of ZooKeeper. Name its dataDir with --from and, when it has one, its dataLogDir with --log-dir");
        }

        _warnings.Add($"{_directory} holds no snapshot: the state begins empty, with the whole log");
        return ImportedTree.Empty();
    }

    private void Replay(ImportedTree tree, long begin)
    {
        Last = new Zxid(begin);
        var first = Math.Max(0, _logs.FindLastIndex(l => l.Zxid <= begin + 1));
        (string File, long Offset)? torn = null;
        foreach (var (_, file) in _logs.Skip(first))
        {
            using var log = new ZooKeeperLog(file);
            while (log.Next() is { } record)
            {
                var zxid = new Zxid(ZooKeeperTxn.ZxidOf(record));
                if (zxid.Value <= begin)
                {
                    continue;
                }

                if (zxid > Last && !Last.IsDirectlyBefore(zxid))
                {
                    throw new DamagedFileException(
                        record.File, record.Offset, $"zxid {zxid} follows {Last}: transactions between them are missing" +
                        (torn is { } hole ? $"; {hole.File} breaks off at offset {hole.Offset}" : string.Empty) + ". " + Elsewhere);
                }

                ZooKeeperTxn.Apply(record, tree);
                Replayed++;
                Last = zxid > Last ? zxid : Last;
            }

            if (log.TornAt is { } offset)
            {
                torn = (file, offset);
                _warnings.Add($"{file} breaks off at offset {offset}, in a record that was never finished: it is left out. The last transaction before it is {Last}");
            }
        }
    }
}
