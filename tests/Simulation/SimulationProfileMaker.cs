using GrainKeeper.Core.Quorum;
using GrainKeeper.Simulation.Faults;

namespace GrainKeeper.Simulation;

/// <summary>Draws the world of a seed.</summary>
public static class SimulationProfileMaker
{
    /// <summary>The world of a seed.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="bare">Whether ZAB runs alone, without replicas and clients.</param>
    public static SimulationProfile Make(long seed, bool bare = false)
    {
        var random = new SimRandom((ulong)seed * 0x2545F4914F6CDD1DUL);
        var participants = random.Chance(0.55) ? 3 : 5;
        var slowNetwork = random.Chance(0.15);
        var calm = random.Chance(0.05);
        return new SimulationProfile
        {
            Participants = participants,
            Observers = random.Chance(0.15) ? 1 : 0,
            Weights = Weights(random, participants),
            Groups = random.Chance(0.06) ? random.Between(2, 3) : 0,
            ElectionAlgorithm = random.Below(100) switch { < 80 => 3, < 90 => 2, _ => 0 },
            FaultyTime = random.Between(8, 16) * EventLoop.Second,
            Bare = bare,
            Clients = bare ? 0 : random.Between(2, 4),
            ClientPause = random.Between(40, 120) * EventLoop.Millisecond,
            ClientWindow = random.Between(1, 6),
            Keys = random.Between(2, 6),
            TickTime = random.Pick([300, 500, 1_000]),
            MaxDelay = slowNetwork ? 40 * EventLoop.Millisecond : random.Between(200, 3_000),
            Stragglers = random.Chance(0.4) ? 0.02 : 0,
            Chaos = random.Chance(0.5) ? random.Between(5, 40) / 100.0 : 0,
            UseCodecs = random.Chance(0.25),
            MaxFlush = random.Chance(0.2) ? 20 * EventLoop.Millisecond : random.Between(200, 2_000),
            SlowFlush = random.Chance(0.3) ? 0.01 : 0,
            SnapshotsKept = random.Between(1, 3),
            SnapshotEvery = random.Pick([30, 80, 200, 100_000]),
            SnapshotSlice = random.Pick([64, 300, 2_000]),
            RecentTxns = random.Pick([1, 10, 50, 1_000]),
            MaxDiffBytes = random.Pick([500, 4_000, 1_000_000]),
            MaxBatchBytes = random.Pick([200, 1_000, 100_000]),
            MaxOutstanding = random.Chance(0.15) ? random.Between(3, 30) : 20_000,
            LastCounter = random.Chance(0.1) ? (uint)random.Between(20, 150) : Zxid.LastCounter,
            JoinDelay = random.Chance(0.5) ? 0 : random.Between(1, 20) * EventLoop.Millisecond,
            FalseElections = random.Chance(0.15) ? random.Between(1, 6) / 10.0 : 0,
            FaultPause = calm ? 0 : random.Between(250, 1_500) * EventLoop.Millisecond,
            FaultOdds = Odds(random, bare),
            SlowStart = random.Chance(0.15),
            MaxDrift = random.Chance(0.3) ? 5_000 : 0,
            CommitPause = random.Chance(0.5) && !bare ? random.Between(5, 100) * EventLoop.Millisecond : 0,
            CommitTransactions = random.Chance(0.5),
            NumberingClients = random.Chance(0.5) ? random.Between(1, 4) : 0,
            LinearizableReads = random.Chance(0.45) && !bare,
        };
    }

    private static int[] Weights(SimRandom random, int participants)
    {
        if (!random.Chance(0.08))
        {
            return [];
        }

        var weights = new int[participants];
        for (var i = 0; i < participants; i++)
        {
            weights[i] = random.Between(0, 3);
        }

        return weights.Sum() > 0 ? weights : [];
    }

    private static int[] Odds(SimRandom random, bool bare)
    {
        var odds = new int[Enum.GetValues<FaultKind>().Length];
        for (var i = 0; i < odds.Length; i++)
        {
            odds[i] = random.Chance(0.35) ? 0 : random.Between(1, 10);
        }

        if (bare)
        {
            Array.Fill(odds, 0, (int)FaultKind.CutClient, FaultKind.CloseSession - FaultKind.CutClient + 1);
        }

        odds[(int)FaultKind.CrashAll] /= 3;
        odds[(int)FaultKind.Heal] += 2;
        odds[(int)FaultKind.Crash] += 1;
        return odds;
    }
}
