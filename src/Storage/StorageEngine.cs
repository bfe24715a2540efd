using GrainKeeper.Core;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;
using GrainKeeper.Storage.Files;
using GrainKeeper.Storage.Log;
using GrainKeeper.Storage.Snapshots;
using Microsoft.Extensions.Logging;

namespace GrainKeeper.Storage;

/// <summary>
/// Carries out disk effects, one after the other, on whichever thread calls: the storage without its threads, so that tests can stop it at
/// every single call to the disk.
/// </summary>
internal sealed class StorageEngine : IDisposable
{
    /// <summary>Log bytes after which a batch is flushed though more is queued, so that confirmations do not wait for ever.</summary>
    private const long FlushAfter = 4 * 1024 * 1024;

    private readonly IFileSystem _files;
    private readonly StorageOptions _options;
    private readonly ILogger _logger;
    private SnapshotFileWriter? _install;
    private Epoch _acceptedEpoch;
    private Epoch _currentEpoch;
    private long _lastToken;

    public StorageEngine(
        IFileSystem files, StorageOptions options, RecoveryResult recovered, Action<SpareSegment, int>? prepareSpare, ILogger logger)
    {
        _files = files;
        _options = options;
        _logger = logger;
        _acceptedEpoch = recovered.History.AcceptedEpoch;
        _currentEpoch = recovered.History.CurrentEpoch;
        Log = new TransactionLog(files, options, recovered.Catalog, prepareSpare);
        Snapshots = new SnapshotStore(files, options, recovered.Catalog, recovered.Snapshots, logger);
    }

    public TransactionLog Log { get; }

    public SnapshotStore Snapshots { get; }

    /// <summary>Everything with a token up to this one is durable.</summary>
    public long DurableToken { get; private set; }

    /// <summary>Carries out one effect. What it appends to the log may be durable only after <see cref="Sync"/>.</summary>
    public void Carry(ZabEffect effect)
    {
        switch (effect)
        {
            case ZabEffect.Append append:
                TakeToken(append.Token);
                foreach (var txn in append.Txns)
                {
                    Log.Append(txn);
                }

                if (Log.UnsyncedBytes >= FlushAfter)
                {
                    Sync();
                }

                break;

            case ZabEffect.TruncateLog truncate:
                Sync();
                TakeToken(truncate.Token);
                Truncate(truncate.KeepUpTo);
                DurableToken = truncate.Token;
                break;

            case ZabEffect.WriteAcceptedEpoch accepted:
                Sync();
                TakeToken(accepted.Token);
                WriteAcceptedEpoch(accepted.Epoch);
                DurableToken = accepted.Token;
                break;

            case ZabEffect.WriteCurrentEpoch current:
                // History before epoch: a vote must never claim an epoch whose history is not on disk.
                Sync();
                TakeToken(current.Token);
                WriteCurrentEpoch(current.Epoch);
                DurableToken = current.Token;
                break;

            case ZabEffect.BeginSnapshotInstall begin:
                AbandonInstall();
                _install = new SnapshotFileWriter(_files, Path.Combine(_options.Directory, FileNames.InstallTemporary), begin.Zxid);
                break;

            case ZabEffect.SnapshotInstallChunk chunk:
                Invariant.That(_install is not null, $"a chunk of {chunk.Data.Length} bytes of a snapshot that was never begun");
                _install.Append(chunk.Data.Span);
                break;

            case ZabEffect.CommitSnapshotInstall commit:
                Sync();
                TakeToken(commit.Token);
                Install(commit.Zxid);
                DurableToken = commit.Token;
                break;

            case ZabEffect.AbandonSnapshotInstall:
                AbandonInstall();
                break;

            default:
                throw new ArgumentException($"{effect.GetType().Name} is no disk effect", nameof(effect));
        }
    }

    /// <summary>Makes everything carried out durable.</summary>
    public void Sync()
    {
        Log.Sync();
        DurableToken = _lastToken;
    }

    public void Dispose()
    {
        _install?.Dispose();
        _install = null;
        Log.Dispose();
    }

    private void TakeToken(long token)
    {
        Invariant.That(token > _lastToken, $"disk effect with token {token} after one with token {_lastToken}");
        _lastToken = token;
    }

    private void WriteAcceptedEpoch(Epoch epoch)
    {
        Invariant.That(epoch >= _acceptedEpoch, $"accepted epoch {epoch} is behind {_acceptedEpoch}");
        EpochFile.Write(_files, _options.Directory, FileNames.AcceptedEpoch, epoch);
        _acceptedEpoch = epoch;
    }

    private void WriteCurrentEpoch(Epoch epoch)
    {
        Invariant.That(epoch >= _currentEpoch && epoch <= _acceptedEpoch, $"current epoch {epoch} is not in {_currentEpoch} to {_acceptedEpoch}");
        EpochFile.Write(_files, _options.Directory, FileNames.CurrentEpoch, epoch);
        _currentEpoch = epoch;
    }

    private void Truncate(Zxid keepUpTo)
    {
        if (keepUpTo >= Log.LastAppended)
        {
            return;
        }

        lock (Snapshots.Gate)
        {
            Snapshots.RemoveTracesAfter(keepUpTo);
            Log.Truncate(keepUpTo);
        }
    }

    private void AbandonInstall()
    {
        if (_install is null)
        {
            return;
        }

        _install.Dispose();
        _install = null;
        _files.Delete(Path.Combine(_options.Directory, FileNames.InstallTemporary));
    }

    private void Install(Zxid zxid)
    {
        Invariant.That(_install is not null, $"a snapshot for zxid {zxid} that was never begun is complete");
        Invariant.That(_install.Zxid == zxid, $"a snapshot begun for zxid {_install.Zxid} ends as one for {zxid}");
        _install.Finish(zxid);
        _install.Dispose();
        _install = null;
        lock (Snapshots.Gate)
        {
            SnapshotInstall.Decide(_files, _options.Directory);
            Log.Reset(zxid);
            Snapshots.RemoveAll();
            SnapshotInstall.RemoveLeftovers(_files, _options.Directory);
            _files.FlushDirectory(_options.Directory);
            Snapshots.Publish(Path.Combine(_options.Directory, FileNames.Install), zxid, zxid);
        }

        _logger.LogInformation("Installed the leader's snapshot of zxid {Zxid}", zxid);
    }
}
