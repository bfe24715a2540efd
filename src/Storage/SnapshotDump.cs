using System.Globalization;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Zab;
using GrainKeeper.Storage.Files;
using GrainKeeper.Storage.Snapshots;

namespace GrainKeeper.Storage;

/// <summary>Prints a replica's snapshots: every slice, then every session and node, one a line.</summary>
public static class SnapshotDump
{
    /// <summary>
    /// Prints every snapshot of the directory, or the one given, and where it is damaged. Reads only; may run beside a server. The nodes of a
    /// sound snapshot follow its slices; the data of nodes shows as its length only, for it may be secret. Takes as much memory as the state.
    /// </summary>
    /// <param name="output">Where to.</param>
    /// <param name="path">A replica's directory or a snapshot's file.</param>
    /// <returns>How many places are damaged.</returns>
    /// <exception cref="StorageException">The file or directory cannot be read.</exception>
    public static int Write(TextWriter output, string path) => Write(output, path, DiskFileSystem.Instance);

    internal static int Write(TextWriter output, string path, IFileSystem files)
    {
        if (files.FileExists(path))
        {
            return WriteSnapshot(output, path, files);
        }

        var names = files.List(path)
            .Where(n => FileNames.TryParseSnapshot(n, out _) || n == FileNames.Install || n.EndsWith(FileNames.DamagedSuffix, StringComparison.Ordinal))
            .ToArray();
        if (names.Length == 0)
        {
            output.WriteLine($"no snapshots in {path}");
        }

        return names.Sum(name => WriteSnapshot(output, Path.Combine(path, name), files));
    }

    private static int WriteSnapshot(TextWriter output, string path, IFileSystem files)
    {
        var state = new ReplicaState();
        var writer = (IStateWriter?)state.BeginRestore();
        try
        {
            using var reader = SnapshotFileReader.Open(files, path);
            Line(output, $"snapshot {path}: after zxid {reader.Zxid}");
            var damaged = 0;
            for (var offset = reader.Offset; reader.TryReadSlice(out var slice); offset = reader.Offset)
            {
                Line(output, $"offset {offset} slice {reader.Slices - 1} {slice.Length} bytes");
                damaged += Take(output, ref writer, slice, path, offset);
            }

            Line(output, $"end of {reader.Slices} slices; transactions up to zxid {reader.End} may have left traces");
            if (writer is not null)
            {
                writer.Complete(reader.Zxid);
                StateDump.Write(output, state);
            }

            return damaged;
        }
        catch (FormatException e)
        {
            Line(output, $"DAMAGED {path}: the slices make no state: {e.Message}");
            return 1;
        }
        catch (StorageCorruptException e)
        {
            Line(output, $"DAMAGED {path} at offset {e.Offset}: {e.What}");
            return 1;
        }
    }

    private static int Take(TextWriter output, ref IStateWriter? writer, ReadOnlySpan<byte> slice, string path, long offset)
    {
        if (writer is null)
        {
            return 0;
        }

        try
        {
            writer.Write(slice);
            return 0;
        }
        catch (FormatException e)
        {
            Line(output, $"DAMAGED {path} at offset {offset}: the slice is no part of a state: {e.Message}");
            writer = null;
            return 1;
        }
    }

    private static void Line(TextWriter output, FormattableString text) => output.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
