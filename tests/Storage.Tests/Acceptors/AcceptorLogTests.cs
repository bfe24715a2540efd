using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.AtomicCommit.PaxosCommit;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Grains.Transactions;
using GrainKeeper.Grains.Transactions.Acceptors;
using GrainKeeper.Storage;
using GrainKeeper.Storage.Tests.Fakes;

namespace GrainKeeper.Storage.Tests.Acceptors;

/// <summary>What an acceptor has promised survives every crash; what was damaged is never taken for it.</summary>
public sealed class AcceptorLogTests
{
    private const string Directory = "/acceptor";
    private static readonly TransactionTerms Terms = new(CommitProtocol.PaxosCommit, [new ParticipantId("tree.root")], 1) { Sites = [3] };

    [Fact]
    public async Task What_was_durable_is_there_after_a_crash_at_any_call_and_nothing_that_never_was()
    {
        for (var call = 1; ; call++)
        {
            var files = new SimFileSystem();
            files.Arm(new SimFault(call));
            var confirmed = new Dictionary<PartyKey, int>();
            var attempted = new Dictionary<PartyKey, int>();
            var forgotten = new HashSet<PartyKey>();
            try
            {
                await ScriptAsync(files, confirmed, attempted, forgotten);
            }
            catch (SimulatedCrashException)
            {
                // While it was opened.
            }

            if (!files.FaultHit)
            {
                Assert.InRange(call, 60, 10_000);
                return;
            }

            for (var disk = 0; disk < 6; disk++)
            {
                var after = files.LosePower(new Random((call * 31) + disk));
                await using var log = Open(after);
                var found = log.Stored.ToDictionary(s => s.Key, s => s.Records.Count);
                foreach (var (key, count) in confirmed)
                {
                    Assert.True(forgotten.Contains(key) || found.GetValueOrDefault(key) >= count, $"call {call}, disk {disk}: {key} has {found.GetValueOrDefault(key)} records, {count} were confirmed");
                }

                Assert.All(found, f => Assert.InRange(f.Value, 1, attempted[f.Key]));

                // And it goes on from there.
                Assert.Equal(CommitLogOutcome.Durable, await log.WriteAsync(Entry(99, 1)));
            }
        }
    }

    [Fact]
    public async Task A_torn_last_frame_is_cut_wherever_it_tore()
    {
        var files = new SimFileSystem();
        await using (var log = Open(files))
        {
            await log.WriteAsync(Entry(1, 1));
            await log.WriteAsync(Entry(2, 1));
        }

        var path = Assert.Single(files.List(Directory));
        var whole = files.ReadAll(Path.Combine(Directory, path));
        var shorter = Stored(files).Count;
        Assert.Equal(2, shorter);
        var last = 0;
        for (var length = whole.Length - 1; length > 0 && Count(whole[..length]) is var found && found > 0; length--)
        {
            Assert.InRange(found, 1, 1);
            last = length;
        }

        Assert.InRange(whole.Length - last, 40, whole.Length);

        // A torn write may also have left its length and not its bytes.
        var zeros = (byte[])whole.Clone();
        Array.Clear(zeros, whole.Length - 30, 30);
        Assert.Equal(1, Count(zeros));
    }

    [Fact]
    public async Task Damage_before_a_sound_frame_is_refused_with_what_to_do()
    {
        var files = new SimFileSystem();
        await using (var log = Open(files))
        {
            for (var i = 1; i <= 3; i++)
            {
                await log.WriteAsync(Entry(i, 1));
            }
        }

        var path = Path.Combine(Directory, Assert.Single(files.List(Directory)));
        var whole = files.ReadAll(path);
        var frame = (whole.Length - 28) / 3;
        for (var at = 0; at < whole.Length - frame - 8; at += 3)
        {
            var damaged = (byte[])whole.Clone();
            damaged[at] ^= 0x10;
            files.Overwrite(path, damaged);
            var error = Assert.ThrowsAny<StorageException>(() => Open(files));
            Assert.True(error is StorageCorruptException or WrongDirectoryException, error.Message);
        }
    }

    [Fact]
    public async Task A_disk_that_fails_ends_the_server_and_confirms_nothing()
    {
        var files = new SimFileSystem();
        Exception? failure = null;
        await using var log = Open(files, e => failure = e);
        Assert.Equal(CommitLogOutcome.Durable, await log.WriteAsync(Entry(1, 1)));
        files.Arm(new SimFault(1, SimFault.NoSpace));
        Assert.Equal(CommitLogOutcome.Unknown, await log.WriteAsync(Entry(2, 1)));
        Assert.NotNull(failure);
        Assert.Equal(CommitLogOutcome.Unknown, await log.WriteAsync(Entry(3, 1)));
        Assert.Null(await log.ReadAsync(new PartyKey(Id(1), CommitParty.Acceptor(1))));
    }

    [Fact]
    public async Task Another_servers_directory_and_a_second_opener_are_refused()
    {
        var files = new SimFileSystem();
        await using (Open(files))
        {
            Assert.Throws<DirectoryInUseException>(() => Open(files));
        }

        var error = Assert.Throws<WrongDirectoryException>(() => AcceptorLog.Open(files, Directory, "cluster", new ServerId(4), _ => { }));
        Assert.Contains("belongs to cluster cluster, server 3, but this server is cluster cluster, server 4", error.Message, StringComparison.Ordinal);
    }

    private static AcceptorLog Open(SimFileSystem files, Action<Exception>? fail = null) => AcceptorLog.Open(files, Directory, "cluster", new ServerId(3), fail ?? (_ => { }), rewriteAbove: 2_000);

    private static IReadOnlyList<StoredParty> Stored(SimFileSystem files)
    {
        var log = Open(files);
        try
        {
            return log.Stored;
        }
        finally
        {
            log.DisposeAsync().AsTask().Wait();
        }
    }

    /// <returns>How many parties are found; 0 when the file is refused.</returns>
    private static int Count(byte[] content)
    {
        var files = new SimFileSystem();
        files.Overwrite(Path.Combine(Directory, "acceptor-0000000000000001.log"), content);
        try
        {
            return Stored(files).Count;
        }
        catch (StorageCorruptException)
        {
            return 0;
        }
    }

    private static async Task ScriptAsync(SimFileSystem files, Dictionary<PartyKey, int> confirmed, Dictionary<PartyKey, int> attempted, HashSet<PartyKey> forgotten)
    {
        await using var log = Open(files);
        attempted[new PartyKey(Id(99), CommitParty.Acceptor(1))] = 1;
        for (var i = 1; i <= 40; i++)
        {
            var entry = Entry((i / 2) + 1, i);
            var key = new PartyKey(entry.Id, entry.Owner);
            attempted[key] = attempted.GetValueOrDefault(key) + 1;
            if (await log.WriteAsync(entry) == CommitLogOutcome.Durable)
            {
                confirmed[key] = confirmed.GetValueOrDefault(key) + 1;
            }

            if (i % 4 == 0)
            {
                var over = new PartyKey(Id(i / 4), CommitParty.Acceptor(1));
                forgotten.Add(over);
                log.Forget(over);
            }
        }
    }

    private static TransactionId Id(int number) => new("root", 7, number);

    private static CommitLogEntry Entry(int transaction, int round) =>
        new(Id(transaction), CommitParty.Acceptor(1), new CommitRecord.Promised(new Ballot(round, 1, 5), Terms));
}
