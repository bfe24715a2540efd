using System.Globalization;
using System.Text;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;
using GrainKeeper.Storage;
using GrainKeeper.Storage.Files;
using GrainKeeper.Storage.Log;
using GrainKeeper.Storage.Snapshots;

namespace GrainKeeper.Storage.Tests.Fakes;

/// <summary>Storage without its threads over a simulated disk: everything happens within the call, so that each run is the same.</summary>
internal sealed class Engine : IDisposable
{
    public const string Directory = "/data";

    private readonly IDisposable _lock;
    private long _token;

    private Engine(IFileSystem files, StorageOptions options, FakeState state, CapturingLogger logger, bool spares)
    {
        Files = files;
        State = state;
        Logger = logger;
        _lock = files.Lock(Directory);
        try
        {
            Recovered = Recovery.Run(files, options, state, logger);
        }
        catch (StorageException)
        {
            _lock.Dispose();
            throw;
        }

        Storage = new StorageEngine(files, options, Recovered, spares ? (spare, size) => spare.Prepare(size) : null, logger);
        Reader = new LogReader(files, Storage.Log.Catalog, logger);
    }

    public IFileSystem Files { get; }

    public FakeState State { get; }

    public CapturingLogger Logger { get; }

    public RecoveryResult Recovered { get; }

    public RecoveredHistory History => Recovered.History;

    public StorageEngine Storage { get; }

    public LogReader Reader { get; }

    public static StorageOptions Options { get; } = new()
    {
        Directory = Directory,
        ClusterId = "test",
        Server = new ServerId(1),
        SegmentBytes = 4096,
        FirstSegmentBytes = 4096,
        SnapshotsToRetain = 2,
    };

    public static Engine Open(IFileSystem files, StorageOptions? options = null, bool spares = false) =>
        new(files, options ?? Options, new FakeState(), new CapturingLogger(), spares);

    public static Zxid Z(int epoch, uint counter) => Zxid.Of(new Epoch(epoch), counter);

    /// <summary>A transaction whose payload names it.</summary>
    public static Txn Txn(Zxid zxid, int size = 40) =>
        new(zxid, TxnKind.Application, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"t{zxid.Value:x}.").PadRight(size, 'x')));

    public static string Path(string name) => System.IO.Path.Combine(Directory, name);

    public long NextToken() => ++_token;

    public void Carry(ZabEffect effect) => Storage.Carry(effect);

    /// <summary>Appends a batch, makes it durable, and applies it to the state.</summary>
    public void Append(int epoch, uint from, uint to, int size = 40)
    {
        AppendUnsynced(epoch, from, to, size);
        Storage.Sync();
    }

    public void AppendUnsynced(int epoch, uint from, uint to, int size = 40)
    {
        var txns = Range(epoch, from, to, size);
        Storage.Carry(new ZabEffect.Append(txns, NextToken()));
        txns.ForEach(State.Apply);
    }

    public static List<Txn> Range(int epoch, uint from, uint to, int size = 40)
    {
        var txns = new List<Txn>();
        for (var counter = from; counter <= to; counter++)
        {
            txns.Add(Txn(Z(epoch, counter), size));
        }

        return txns;
    }

    public void Epochs(int accepted, int current)
    {
        Carry(new ZabEffect.WriteAcceptedEpoch(new Epoch(accepted), NextToken()));
        Carry(new ZabEffect.WriteCurrentEpoch(new Epoch(current), NextToken()));
    }

    public void Truncate(Zxid keepUpTo) => Carry(new ZabEffect.TruncateLog(keepUpTo, NextToken()));

    /// <summary>Writes a snapshot of the state as it is now.</summary>
    public void Snapshot(Zxid? zxid = null, int perSlice = 10)
    {
        var snapshot = new OwnSnapshot(Files, Storage.Snapshots, Directory, zxid ?? State.LastApplied);
        foreach (var slice in State.Slices(perSlice))
        {
            Assert.True(snapshot.Append(slice));
        }

        Storage.Sync();
        Assert.True(snapshot.Complete(Storage.Log.LastAppended));
    }

    /// <summary>Installs a leader's state.</summary>
    public void Install(Zxid zxid, FakeState leader, int perSlice = 10)
    {
        Carry(new ZabEffect.BeginSnapshotInstall(zxid));
        foreach (var slice in leader.Slices(perSlice))
        {
            Carry(new ZabEffect.SnapshotInstallChunk(slice));
        }

        Carry(new ZabEffect.CommitSnapshotInstall(zxid, NextToken()));
    }

    public void Dispose()
    {
        Storage.Dispose();
        _lock.Dispose();
    }
}
