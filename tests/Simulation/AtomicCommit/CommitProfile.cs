using GrainKeeper.Core.AtomicCommit;

namespace GrainKeeper.Simulation.AtomicCommit;

/// <summary>The world of one run of atomic commit. Times in microseconds; the options' in milliseconds.</summary>
public sealed record CommitProfile
{
    /// <summary>Which protocol.</summary>
    public required CommitProtocol Protocol { get; init; }

    /// <summary>Participants.</summary>
    public required int Participants { get; init; }

    /// <summary>Acceptors: 0 unless Paxos Commit.</summary>
    public int Acceptors { get; init; }

    /// <summary>Transactions.</summary>
    public int Transactions { get; init; } = 1;

    /// <summary>How long faults go on.</summary>
    public long FaultyTime { get; init; } = 10 * EventLoop.Second;

    /// <summary>How long transactions begin; 0 for three quarters of the faulty time.</summary>
    public long BeginningTime { get; init; }

    /// <summary>How long everything may take to be decided and finished after that.</summary>
    public long HealingTime { get; init; } = 120 * EventLoop.Second;

    /// <summary>Mean time between faults; 0 for none.</summary>
    public long FaultPause { get; init; }

    /// <summary>Whether the only faults are processes that die once, each before a chosen one of its sends, writes and decisions.</summary>
    public bool Surgical { get; init; }

    /// <summary>How likely a process dies before it sends, writes or decides.</summary>
    public double DiesInStep { get; init; }

    /// <summary>Longest usual delay of a message.</summary>
    public long MaxDelay { get; init; } = 2 * EventLoop.Millisecond;

    /// <summary>Longest flush.</summary>
    public long MaxFlush { get; init; } = 2 * EventLoop.Millisecond;

    /// <summary>Longest work of a resource.</summary>
    public long MaxWork { get; init; } = 5 * EventLoop.Millisecond;

    /// <summary>How likely a message is lost.</summary>
    public double Loss { get; init; }

    /// <summary>How likely it comes twice.</summary>
    public double Duplicates { get; init; }

    /// <summary>How likely it is late, by up to <see cref="Lateness"/>.</summary>
    public double Stragglers { get; init; }

    /// <summary>How late.</summary>
    public long Lateness { get; init; } = 3 * EventLoop.Second;

    /// <summary>Whether faults may cut the network.</summary>
    public bool Partitions { get; init; }

    /// <summary>How likely a forced write ends without anybody knowing whether it is durable.</summary>
    public double UnknownWrites { get; init; }

    /// <summary>How likely a participant votes No.</summary>
    public double No { get; init; }

    /// <summary>How likely a participant has only read.</summary>
    public double ReadOnly { get; init; }

    /// <summary>How likely a resource never answers.</summary>
    public double Silent { get; init; }

    /// <summary>Whether resources keep by themselves what they have prepared, so that participants announce it in their logs.</summary>
    public bool Announces { get; init; }

    /// <summary>Longest time a crashed process is away.</summary>
    public long MaxAway { get; init; } = 4 * EventLoop.Second;

    /// <summary>Whether messages and records go through their codecs.</summary>
    public bool UseCodecs { get; init; }

    /// <summary>How long a caller asks again for an outcome.</summary>
    public long CallerPatience { get; init; } = 100 * EventLoop.Second;

    /// <summary>The parties' options.</summary>
    public required CommitOptions Options { get; init; }

    /// <summary>A run in which nothing goes wrong, and nothing is needed twice.</summary>
    public bool Calm => FaultPause == 0 && !Surgical && DiesInStep == 0 && Loss == 0 && Stragglers == 0 && UnknownWrites == 0 && Silent == 0;

    /// <summary>The world of a seed.</summary>
    public static CommitProfile Make(CommitProtocol protocol, long seed)
    {
        var random = new SimRandom(((ulong)seed * 0x2545F4914F6CDD1DUL) ^ ((ulong)protocol << 56));
        var calm = random.Chance(0.08);
        var bounded = protocol == CommitProtocol.ThreePhase;
        var shortMemory = random.Chance(0.3);
        var surgical = !calm && random.Chance(bounded ? 0.6 : 0.3);
        var hostile = !calm && !bounded && !surgical && random.Chance(0.8);
        return new CommitProfile
        {
            Protocol = protocol,
            Participants = random.Between(1, 5),
            Acceptors = protocol == CommitProtocol.PaxosCommit ? random.Pick([1, 3, 3, 3, 5]) : 0,
            Transactions = calm ? 1 : surgical ? random.Between(1, 2) : random.Between(1, 8),
            Surgical = surgical,
            FaultyTime = (shortMemory ? random.Between(6, 14) : random.Between(2, 8)) * EventLoop.Second,
            BeginningTime = shortMemory ? 2 * EventLoop.Second : 0,
            FaultPause = calm || surgical ? 0 : random.Pick([150, 400, 1_000]) * EventLoop.Millisecond,
            DiesInStep = calm || surgical ? 0 : random.Pick([0, 0.01, 0.03, 0.08]),
            MaxDelay = random.Pick([1, 5, 20]) * EventLoop.Millisecond,
            MaxFlush = random.Pick([1, 5, 20]) * EventLoop.Millisecond,
            MaxWork = random.Pick([1, 10, 50]) * EventLoop.Millisecond,
            Loss = hostile ? random.Between(0, 30) / 100.0 : 0,
            Duplicates = random.Chance(0.7) ? 0.15 : 0,
            Stragglers = hostile ? random.Between(0, 20) / 100.0 : 0,
            Partitions = hostile,
            UnknownWrites = !calm && random.Chance(0.3) ? 0.05 : 0,
            No = random.Chance(0.4) ? 0.2 : 0,
            ReadOnly = random.Chance(0.4) ? 0.3 : 0,
            Silent = !calm && random.Chance(0.2) ? 0.05 : 0,
            MaxAway = random.Pick([1, 4, 40]) * EventLoop.Second,
            UseCodecs = random.Chance(0.25),
            CallerPatience = (shortMemory ? 2 : 100) * EventLoop.Second,

            // A transaction must be remembered for longer than a message lives; a process may well be away for longer than that.
            Lateness = (shortMemory ? 1 : 3) * EventLoop.Second,
            Options = new CommitOptions
            {
                VoteTimeout = 1_000,
                LockWait = random.Pick([100, 400]),
                ResourcePatience = 200,
                ResendInterval = 100,
                MaxResendInterval = 2_000,
                InquiryInterval = random.Pick([100, 400]),
                RollbackResends = random.Between(0, 5),
                Retention = shortMemory ? 4_500 : 600_000,
                RoundTrip = 250,
                BundleWait = random.Pick([0, 5, 30]),
                AcceptorPatience = random.Pick([1_000, 5_000]),
            },
            Announces = random.Chance(0.3),
        };
    }
}
