using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Simulation;

/// <summary>
/// The world of one run: how large, how slow, how hostile. All of it follows from the seed, so that a seed alone replays a run.
/// Times in microseconds unless named otherwise.
/// </summary>
public sealed record SimulationProfile
{
    /// <summary>Voting servers: 3 or 5.</summary>
    public required int Participants { get; init; }

    /// <summary>Servers that do not vote.</summary>
    public int Observers { get; init; }

    /// <summary>The participants' weights; empty when each weighs 1.</summary>
    public IReadOnlyList<int> Weights { get; init; } = [];

    /// <summary>Groups of a hierarchical quorum among which the participants are dealt out; 0 for a plain majority.</summary>
    public int Groups { get; init; }

    /// <summary>Whether ZAB runs alone, under a trivial state machine and without clients.</summary>
    public bool Bare { get; init; }

    /// <summary>Which algorithm elects: 0, 2 or 3, as in zoo.cfg's <c>electionAlg</c>.</summary>
    public int ElectionAlgorithm { get; init; } = 3;

    /// <summary>How long faults go on.</summary>
    public long FaultyTime { get; init; } = 15 * EventLoop.Second;

    /// <summary>How long the healed ensemble may take to elect, commit and converge.</summary>
    public long HealingTime { get; init; } = 30 * EventLoop.Second;

    /// <summary>Clients.</summary>
    public int Clients { get; init; } = 3;

    /// <summary>Mean pause between a client's requests.</summary>
    public long ClientPause { get; init; } = 60 * EventLoop.Millisecond;

    /// <summary>Requests a client has under way at most.</summary>
    public int ClientWindow { get; init; } = 4;

    /// <summary>Keys that clients fight about.</summary>
    public int Keys { get; init; } = 5;

    /// <summary>The tickTime in milliseconds: session timeouts are 2 to 20 of them.</summary>
    public int TickTime { get; init; } = 500;

    /// <summary>Shortest delay of a message between servers.</summary>
    public long MinDelay { get; init; } = 100;

    /// <summary>Usual upper limit of such a delay.</summary>
    public long MaxDelay { get; init; } = 2 * EventLoop.Millisecond;

    /// <summary>How likely a message is late by up to 200 ms.</summary>
    public double Stragglers { get; init; }

    /// <summary>How likely a message is lost without a word, doubled or overtaken, while chaos reigns.</summary>
    public double Chaos { get; init; }

    /// <summary>Whether each message is encoded and decoded on its way.</summary>
    public bool UseCodecs { get; init; }

    /// <summary>Shortest time of a flush.</summary>
    public long MinFlush { get; init; } = 100;

    /// <summary>Usual upper limit of a flush.</summary>
    public long MaxFlush { get; init; } = 2 * EventLoop.Millisecond;

    /// <summary>How likely a flush takes up to a second and a half.</summary>
    public double SlowFlush { get; init; }

    /// <summary>Snapshots a server keeps; the log goes back to the oldest.</summary>
    public int SnapshotsKept { get; init; } = 2;

    /// <summary>Transactions after which a server takes a snapshot by itself.</summary>
    public int SnapshotEvery { get; init; } = 200;

    /// <summary>Bytes of a snapshot taken in one step.</summary>
    public int SnapshotSlice { get; init; } = 1_000;

    /// <summary>Transactions a leader keeps in memory for its learners.</summary>
    public int RecentTxns { get; init; } = 50;

    /// <summary>Bytes of log beyond which a laggard gets a snapshot.</summary>
    public int MaxDiffBytes { get; init; } = 4_000;

    /// <summary>Bytes of transactions in one message.</summary>
    public int MaxBatchBytes { get; init; } = 500;

    /// <summary>Proposals under way at most: beyond it the leader lets requests wait.</summary>
    public int MaxOutstanding { get; init; } = 20_000;

    /// <summary>The last counter of an epoch: after it a new epoch is due.</summary>
    public uint LastCounter { get; init; } = Zxid.LastCounter;

    /// <summary>Longest delay between a server's election and its replica; 0 joins them in one step.</summary>
    public long JoinDelay { get; init; }

    /// <summary>How likely a server is told of another leader than its election has found: ZAB must be safe whatever is elected.</summary>
    public double FalseElections { get; init; }

    /// <summary>Mean time between faults; 0 for none.</summary>
    public long FaultPause { get; init; } = 1_500 * EventLoop.Millisecond;

    /// <summary>Relative odds of each fault, by <see cref="Faults.FaultKind"/>.</summary>
    public IReadOnlyList<int> FaultOdds { get; init; } = [];

    /// <summary>Whether the servers start one by one, far apart.</summary>
    public bool SlowStart { get; init; }

    /// <summary>How far a server's monotonic clock runs fast or slow, in parts per million.</summary>
    public int MaxDrift { get; init; }

    /// <summary>Mean time between questions to the records of atomic commit; 0 for none.</summary>
    public long CommitPause { get; init; }

    /// <summary>Whether the tree takes part in transactions.</summary>
    public bool CommitTransactions { get; init; }

    /// <summary>Clients that number their writes and send them again, as our own client does; the others are ZooKeeper's.</summary>
    public int NumberingClients { get; init; }

    /// <summary>Whether some of the clients' reads are linearizable.</summary>
    public bool LinearizableReads { get; init; }

    /// <summary>All servers.</summary>
    public int Servers => Participants + Observers;
}
