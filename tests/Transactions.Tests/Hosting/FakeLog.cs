using System.Buffers;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Grains.Transactions;

namespace GrainKeeper.Transactions.Tests.Hosting;

/// <summary>The records of one tree, as its ensemble keeps them: only the last leadership may write. A test may have a write fail, get lost, or never be answered.</summary>
internal sealed class FakeLog
{
    private readonly Lock _gate = new();
    private readonly List<CommitLogEntry> _entries = [];
    private long _epoch;

    /// <summary>What becomes of a forced record: null for the usual.</summary>
    public Func<CommitLogEntry, LogTrouble>? Trouble { get; set; }

    public IReadOnlyList<CommitLogEntry> Entries
    {
        get
        {
            lock (_gate)
            {
                return [.. _entries];
            }
        }
    }

    /// <summary>Begins a leadership.</summary>
    public (ICommitLog Log, long Epoch, IReadOnlyList<StoredParty> Stored) Lead()
    {
        lock (_gate)
        {
            var epoch = ++_epoch;
            var stored = _entries.GroupBy(e => new PartyKey(e.Id, e.Owner)).Select(g => new StoredParty(g.Key, [.. g.Select(e => e.Record)])).ToArray();
            return (new Leadership(this, epoch), epoch, stored);
        }
    }

    /// <summary>Has a host lead.</summary>
    public void Lead(CommitHost host)
    {
        var (log, epoch, stored) = Lead();
        host.Lead(log, epoch, stored);
    }

    private sealed class Leadership(FakeLog log, long epoch) : ICommitLog
    {
        public async Task<CommitLogOutcome> WriteAsync(CommitLogEntry entry)
        {
            LogTrouble trouble;
            lock (log._gate)
            {
                if (log._epoch != epoch)
                {
                    return CommitLogOutcome.Unknown;
                }

                trouble = log.Trouble?.Invoke(entry) ?? LogTrouble.None;
                if (trouble is LogTrouble.None or LogTrouble.WrittenButUnknown or LogTrouble.WrittenAndSilent)
                {
                    Add(entry);
                }
            }

            await Task.Yield();
            if (trouble is LogTrouble.WrittenAndSilent or LogTrouble.LostAndSilent)
            {
                await Task.Delay(Timeout.Infinite);
            }

            return trouble switch
            {
                LogTrouble.None => CommitLogOutcome.Durable,
                LogTrouble.Refused => CommitLogOutcome.Refused,
                _ => CommitLogOutcome.Unknown,
            };
        }

        public void Append(CommitLogEntry entry)
        {
            lock (log._gate)
            {
                if (log._epoch == epoch)
                {
                    Add(entry);
                }
            }
        }

        public Task<IReadOnlyList<CommitRecord>?> ReadAsync(PartyKey key)
        {
            lock (log._gate)
            {
                return Task.FromResult<IReadOnlyList<CommitRecord>?>(
                    log._epoch == epoch ? [.. log._entries.Where(e => e.Id == key.Id && e.Owner == key.Party).Select(e => e.Record)] : null);
            }
        }

        public void Forget(PartyKey key)
        {
            lock (log._gate)
            {
                if (log._epoch == epoch)
                {
                    log._entries.RemoveAll(e => e.Id == key.Id && e.Owner == key.Party);
                }
            }
        }

        private void Add(CommitLogEntry entry)
        {
            var bytes = new ArrayBufferWriter<byte>(256);
            CommitLogCodec.Encode(bytes, entry);
            log._entries.Add(CommitLogCodec.Decode(bytes.WrittenMemory));
        }
    }
}
