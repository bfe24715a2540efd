using System.Buffers;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Zab;
using GrainKeeper.Storage;
using GrainKeeper.Storage.Files;

namespace GrainKeeper.Grains.Import;

/// <summary>
/// Writes a state as the data of a server that has never run. It appears under its name only when it is complete and was read back: a server
/// started on half of it would be an empty one, and vote as such.
/// </summary>
internal static class ImportTarget
{
    private const int SliceBytes = 256 * 1024;
    private const string Final = "trees";
    private const string Unfinished = "trees.import";

    /// <exception cref="ImportException">Something is there already.</exception>
    public static void CheckEmpty(string directory)
    {
        if (!Directory.Exists(directory))
        {
            return;
        }

        // The number of the server may be there: servers find it in that file.
        var found = Directory.EnumerateFileSystemEntries(directory).Select(e => Path.GetFileName(e)).FirstOrDefault(n => n != "myid");
        if (found is not null)
        {
            throw new ImportException(
                $"{directory} is not empty: it holds {found}. Name a new directory with --data, or move its content away" +
                (found == Unfinished ? "; that is what an import that was cut short has left" : string.Empty));
        }
    }

    public static async Task WriteAsync(string directory, StorageOptions options, ReplicaState state, Epoch epoch)
    {
        var files = DiskFileSystem.Instance;
        var staging = Path.Combine(directory, Unfinished);
        var staged = options with { Directory = Path.Combine(staging, options.Tree) };
        files.CreateDirectory(staged.Directory);
        await WriteAsync(staged, state, epoch);
        await CheckAsync(staged, state, epoch);
        files.FlushDirectory(staging);
        Directory.Move(staging, Path.Combine(directory, Final));
        files.FlushDirectory(directory);
    }

    private static async Task WriteAsync(StorageOptions options, ReplicaState state, Epoch epoch)
    {
        var listener = new ImportListener(lastToken: 3);
        await using var storage = ReplicaStorage.Open(options, new LoadedState(), listener);
        var zxid = state.LastApplied;
        storage.Execute(new ZabEffect.BeginSnapshotInstall(zxid));
        var reader = state.OpenState();
        bool more;
        do
        {
            var slice = new ArrayBufferWriter<byte>(SliceBytes * 2);
            more = reader.ReadNext(slice, SliceBytes);
            storage.Execute(new ZabEffect.SnapshotInstallChunk(slice.WrittenMemory));
        }
        while (more);

        storage.Execute(new ZabEffect.CommitSnapshotInstall(zxid, Token: 1));
        storage.Execute(new ZabEffect.WriteAcceptedEpoch(epoch, Token: 2));
        storage.Execute(new ZabEffect.WriteCurrentEpoch(epoch, Token: 3));
        await listener.Done;
    }

    private static async Task CheckAsync(StorageOptions options, ReplicaState state, Epoch epoch)
    {
        var loaded = new LoadedState();
        await using var storage = ReplicaStorage.Open(options, loaded, new ImportListener(lastToken: 0));
        var (found, history) = (loaded.State, storage.Recovered);
        if (found.LastApplied != state.LastApplied || found.Tree.Count != state.Tree.Count || found.Tree.DataBytes != state.Tree.DataBytes
            || history.LastLogged != state.LastApplied || history.CurrentEpoch != epoch || history.AcceptedEpoch != epoch)
        {
            throw new ImportException(
                $"{options.Directory} does not hold what was written ({found.Tree.Count} of {state.Tree.Count} nodes, zxid {found.LastApplied} of {state.LastApplied}): check the disk");
        }
    }
}
