using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;
using GrainKeeper.Simulation.Servers;

namespace GrainKeeper.Simulation.Faults;

/// <summary>Makes things go wrong at random, until it is told to stop.</summary>
public sealed class FaultInjector(World world, SimRandom random)
{
    private bool _stopped;

    private EventLoop Loop => world.Loop;

    private SimulationProfile Profile => world.Profile;

    /// <summary>Faults so far, by kind.</summary>
    public IReadOnlyList<int> Counts => _counts;

    private readonly int[] _counts = new int[Enum.GetValues<FaultKind>().Length];

    /// <summary>Begins.</summary>
    public void Start()
    {
        if (Profile.FaultPause > 0)
        {
            PlanNext();
        }
    }

    /// <summary>Ends all faults: every server runs, every link is whole, every disk is fast.</summary>
    public void Stop()
    {
        _stopped = true;
        world.Trace.Tell("all", $"faults end; all is healed");
        world.Network.ChaosReigns = false;
        world.Network.HealAll();
        if (world.FalseElections > 0)
        {
            // Only a new start makes elections and replicas agree again about who leads.
            world.FalseElections = 0;
            world.Servers.ForEach(s => s.Crash());
        }

        foreach (var server in world.Servers)
        {
            server.Disk.Slowness = 1;
            server.Disk.Fails = false;
            server.CrashAfterEffects(null);
            server.Start();
        }
    }

    private void PlanNext() => Loop.After(random.Between(1, 2 * Profile.FaultPause), () =>
    {
        if (!_stopped)
        {
            Inject(Choose());
            PlanNext();
        }
    });

    private FaultKind Choose()
    {
        var total = 0;
        foreach (var odds in Profile.FaultOdds)
        {
            total += odds;
        }

        var at = random.Below(total);
        for (var kind = 0; ; kind++)
        {
            at -= Profile.FaultOdds[kind];
            if (at < 0)
            {
                return (FaultKind)kind;
            }
        }
    }

    private void Inject(FaultKind kind)
    {
        _counts[(int)kind]++;
        world.Trace.Tell("all", $"fault: {kind}");
        switch (kind)
        {
            case FaultKind.Crash:
                Crash(AnyServer());
                break;
            case FaultKind.CrashLeader:
                Crash(Leader());
                break;
            case FaultKind.CrashMidStep:
                CrashMidStep(random.Chance(0.5) ? Leader() : AnyServer());
                break;
            case FaultKind.CrashAll:
                world.Servers.ForEach(Crash);
                break;
            case FaultKind.CrashMajority:
                CrashMajority();
                break;
            case FaultKind.Pause:
                AnyServer().Pause(random.Between(10 * EventLoop.Millisecond, 5 * EventLoop.Second));
                break;
            case FaultKind.PauseLeader:
                Leader().Pause(random.Between(10 * EventLoop.Millisecond, 6 * EventLoop.Second));
                break;
            case FaultKind.Partition or FaultKind.IsolateLeader or FaultKind.OneWay or FaultKind.Bridge:
                Partition(kind);
                break;
            case FaultKind.BreakLink:
                BreakLink();
                break;
            case FaultKind.Heal:
                world.Network.HealAll();
                break;
            case FaultKind.ClockJump:
                AnyServer().Clock.WallSkew += random.Between(-60_000, 60_000);
                break;
            case FaultKind.SlowDisk:
                SlowDisk();
                break;
            case FaultKind.DiskFails:
                FailDisk(random.Chance(0.5) ? Leader() : AnyServer());
                break;
            case FaultKind.Snapshot:
                AnyServer().TakeSnapshot();
                break;
            case FaultKind.ShutDown:
                ShutDown(random.Chance(0.5) ? Leader() : AnyServer());
                break;
            case FaultKind.CutClient:
                random.Pick(world.Clients).BreakConnection(silently: false);
                break;
            case FaultKind.SilenceClient:
                random.Pick(world.Clients).BreakConnection(silently: true);
                break;
            case FaultKind.ClientAway:
                random.Pick(world.Clients).GoAway(random.Between(100 * EventLoop.Millisecond, 6 * EventLoop.Second));
                break;
            case FaultKind.CloseSession:
                random.Pick(world.Clients).CloseSession();
                break;
            case FaultKind.Chaos:
                Chaos();
                break;
            default:
                throw new InvalidOperationException($"unknown fault {kind}");
        }
    }

    private void Crash(SimServer server)
    {
        if (server.Running)
        {
            server.Crash();
            StartLater(server);
        }
    }

    private void StartLater(SimServer server) => Loop.After(
        random.Chance(0.5) ? random.Between(0, 300 * EventLoop.Millisecond) : random.Between(0, 6 * EventLoop.Second),
        server.Start);

    private void CrashMidStep(SimServer server)
    {
        server.CrashAfterEffects(random.Between(0, 12));
        Loop.After(random.Between(500 * EventLoop.Millisecond, 4 * EventLoop.Second), () =>
        {
            server.CrashAfterEffects(null);
            server.Start();
        });
    }

    private void CrashMajority()
    {
        foreach (var i in random.Permutation(Profile.Participants).Take((Profile.Participants / 2) + 1))
        {
            Crash(world.Servers[i]);
        }
    }

    private void ShutDown(SimServer server)
    {
        if (server.Running)
        {
            server.ShutDown();
            Loop.After(random.Between(0, 500 * EventLoop.Millisecond), () => Crash(server));
        }
    }

    private void Partition(FaultKind kind)
    {
        var ids = random.Permutation(Profile.Servers).Select(i => new ServerId(i + 1)).ToArray();
        switch (kind)
        {
            case FaultKind.Partition:
                var cut = random.Between(1, ids.Length - 1);
                foreach (var (a, b) in ids.Take(cut).SelectMany(a => ids.Skip(cut).Select(b => (a, b))))
                {
                    BlockBoth(a, b);
                }

                break;
            case FaultKind.IsolateLeader:
                var leader = Leader().Id;
                foreach (var other in ids.Where(i => i != leader))
                {
                    BlockBoth(leader, other);
                }

                break;
            case FaultKind.Bridge:
                BlockBoth(ids[0], ids[1]);
                break;
            default:
                foreach (var other in ids.Skip(1).Where(_ => random.Chance(0.5)))
                {
                    world.Network.Block(ids[0], other);
                }

                break;
        }

        if (random.Chance(0.7))
        {
            Loop.After(random.Between(100 * EventLoop.Millisecond, 6 * EventLoop.Second), world.Network.HealAll);
        }
    }

    private void BlockBoth(ServerId a, ServerId b)
    {
        world.Network.Block(a, b);
        world.Network.Block(b, a);
    }

    private void BreakLink()
    {
        var ids = random.Permutation(Profile.Servers);
        world.Network.Break(new ServerId(ids[0] + 1), new ServerId(ids[1] + 1), random.Between(0, 500 * EventLoop.Millisecond));
    }

    private void SlowDisk()
    {
        var server = random.Chance(0.5) ? Leader() : AnyServer();
        server.Disk.Slowness = random.Pick([20, 100, 400]);
        Loop.After(random.Between(200 * EventLoop.Millisecond, 4 * EventLoop.Second), () => server.Disk.Slowness = 1);
    }

    private void FailDisk(SimServer server)
    {
        server.Disk.Fails = true;
        Loop.After(random.Between(200 * EventLoop.Millisecond, 4 * EventLoop.Second), () => server.Disk.Fails = false);
    }

    private void Chaos()
    {
        world.Network.ChaosReigns = true;
        Loop.After(random.Between(200 * EventLoop.Millisecond, 5 * EventLoop.Second), () => world.Network.ChaosReigns = false);
    }

    private SimServer AnyServer() => random.Pick(world.Servers);

    private SimServer Leader() =>
        world.Servers.LastOrDefault(s => s.Replica?.Status is { Role: ZabRole.Leading }) ?? AnyServer();
}
