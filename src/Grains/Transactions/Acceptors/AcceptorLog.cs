using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Storage;
using GrainKeeper.Storage.Files;

namespace GrainKeeper.Grains.Transactions.Acceptors;

/// <summary>
/// The promises of this server's acceptor, on its own disk. One file of frames; a frame holds what came together, is written only when the one before is durable, and is made durable before its
/// records are answered. When most of a file is forgotten, the rest goes to a new one that takes its place by a rename.
/// </summary>
internal sealed class AcceptorLog : ICommitLog, IAsyncDisposable
{
    private const int RewriteAbove = 4 * 1024 * 1024;
    private const int MaxQueued = 100_000;
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly IFileSystem _files;
    private readonly string _directory;
    private readonly string _identity;
    private readonly Action<Exception> _fail;
    private readonly IDisposable _lock;
    private readonly SerialWorker _worker = new("gk-acceptor", MaxQueued);
    private readonly Dictionary<PartyKey, List<byte[]>> _live;
    private List<(AcceptorOperation Operation, TaskCompletionSource<CommitLogOutcome>? Done)> _pending = [];
    private bool _posted;
    private AcceptorFile _file;
    private long _liveBytes;
    private readonly int _rewriteAbove;
    private bool _failed;

    private AcceptorLog(IFileSystem files, string directory, string identity, IDisposable held, AcceptorFile file, Dictionary<PartyKey, List<byte[]>> live, Action<Exception> fail, int rewriteAbove)
    {
        (_files, _directory, _identity, _lock, _file, _live, _fail, _rewriteAbove) = (files, directory, identity, held, file, live, fail, rewriteAbove);
        _liveBytes = live.Values.Sum(l => l.Sum(e => (long)e.Length));
    }

    /// <summary>What the log held when it was opened.</summary>
    public IReadOnlyList<StoredParty> Stored => [.. _live.Select(l => new StoredParty(l.Key, RecordsOf(l.Value)))];

    /// <summary>Opens the log of a directory, which is made when it is missing.</summary>
    /// <param name="files">The disk.</param>
    /// <param name="directory">The directory.</param>
    /// <param name="cluster">The ensemble's name, stamped into the files.</param>
    /// <param name="server">The server, stamped into the files.</param>
    /// <param name="fail">Hears when the disk fails: what it holds is not known any more, so the server must end.</param>
    /// <param name="rewriteAbove">Bytes of a file below which what is forgotten stays in it.</param>
    /// <exception cref="StorageException">The directory cannot be used, is another server's, or what was durable is damaged.</exception>
    public static AcceptorLog Open(IFileSystem files, string directory, string cluster, ServerId server, Action<Exception> fail, int rewriteAbove = RewriteAbove)
    {
        files.CreateDirectory(directory);
        var held = files.Lock(directory);
        try
        {
            var identity = $"cluster {cluster}, server {server}";
            var live = new Dictionary<PartyKey, List<byte[]>>();
            var file = AcceptorFile.Open(files, directory, identity, operation => Apply(live, operation));
            return new AcceptorLog(files, directory, identity, held, file, live, fail, rewriteAbove);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public Task<CommitLogOutcome> WriteAsync(CommitLogEntry entry)
    {
        var done = new TaskCompletionSource<CommitLogOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        Add(AcceptorOperation.Write(entry), done);
        return done.Task;
    }

    /// <inheritdoc/>
    public void Append(CommitLogEntry entry) => Add(AcceptorOperation.Write(entry), null);

    /// <inheritdoc/>
    public void Forget(PartyKey key) => Add(AcceptorOperation.Forget(key), null);

    /// <inheritdoc/>
    public Task<IReadOnlyList<CommitRecord>?> ReadAsync(PartyKey key)
    {
        var done = new TaskCompletionSource<IReadOnlyList<CommitRecord>?>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_worker.TryPost(() => done.SetResult(_failed ? null : RecordsOf(_live.GetValueOrDefault(key) ?? []))))
        {
            done.SetResult(null);
        }

        return done.Task;
    }

    /// <summary>Writes what waits, and closes.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.Factory.StartNew(() => _worker.Close(CloseLimit), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        _file.Dispose();
        _lock.Dispose();
    }

    private static List<CommitRecord> RecordsOf(List<byte[]> entries) => entries.ConvertAll(e => CommitLogCodec.Decode(e).Record);

    /// <returns>By how many bytes the live part has grown.</returns>
    private static long Apply(Dictionary<PartyKey, List<byte[]>> live, AcceptorOperation operation)
    {
        if (operation.Entry is { } entry)
        {
            if (!live.TryGetValue(operation.Key, out var entries))
            {
                live[operation.Key] = entries = [];
            }

            entries.Add(entry);
            return entry.Length;
        }

        return live.Remove(operation.Key, out var gone) ? -gone.Sum(e => (long)e.Length) : 0;
    }

    private void Add(AcceptorOperation operation, TaskCompletionSource<CommitLogOutcome>? done)
    {
        bool post;
        lock (_gate)
        {
            _pending.Add((operation, done));
            post = !_posted;
            _posted = true;
        }

        if (post && !_worker.TryPost(Flush))
        {
            // Closed: nobody will write it.
            Flush(CommitLogOutcome.Unknown);
        }
    }

    private void Flush() => Flush(CommitLogOutcome.Durable);

    private void Flush(CommitLogOutcome outcome)
    {
        List<(AcceptorOperation Operation, TaskCompletionSource<CommitLogOutcome>? Done)> taken;
        lock (_gate)
        {
            taken = _pending;
            _pending = [];
            _posted = false;
        }

        if (outcome == CommitLogOutcome.Durable && !_failed)
        {
            outcome = TryWrite(taken) ? outcome : CommitLogOutcome.Unknown;
        }
        else
        {
            outcome = CommitLogOutcome.Unknown;
        }

        foreach (var (_, done) in taken)
        {
            done?.TrySetResult(outcome);
        }
    }

    private bool TryWrite(List<(AcceptorOperation Operation, TaskCompletionSource<CommitLogOutcome>? Done)> taken)
    {
        try
        {
            _file.Write(taken.ConvertAll(t => t.Operation));
            foreach (var (operation, _) in taken)
            {
                _liveBytes += Apply(_live, operation);
            }

            if (_file.Length > _rewriteAbove && _file.Length > _liveBytes * 2)
            {
                var all = _live.SelectMany(l => l.Value.Select(e => new AcceptorOperation(l.Key, e)));
                _file = AcceptorFile.Replace(_files, _directory, _identity, _file, all);
            }

            return true;
        }
        catch (Exception e)
        {
            // After a failed flush the kernel may have dropped what was written: there is no trying again.
            _failed = true;
            _fail(e);
            return false;
        }
    }
}
