using System.Globalization;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;
using GrainKeeper.Storage;
using GrainKeeper.Storage.Tests.Fakes;
using Xunit.Abstractions;
using static GrainKeeper.Storage.Tests.Fakes.Engine;

namespace GrainKeeper.Storage.Tests;

/// <summary>
/// Runs a script, stops the machine at every single call that changes the disk, lets any subset of what was not flushed survive, and
/// recovers: everything confirmed must be there, the rest must be a state that the script passed through.
/// </summary>
public sealed class CrashPointTests(ITestOutputHelper output)
{
    private const int RandomDisks = 6;

    /// <summary>What the disk should hold: transactions applied, epochs, where the log ends.</summary>
    private sealed record Model(string Applied, Zxid Last, int Accepted, int Current)
    {
        public static Model Of(FakeState state, Zxid last, int accepted, int current) =>
            new(string.Join(' ', state.Applied.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Key:x}={p.Value.TrimEnd('x')}"))), last, accepted, current);
    }

    /// <summary>One run of the script: the states it may leave, and which of them are no longer allowed.</summary>
    private sealed class Run
    {
        private readonly List<Model> _possible = [];
        private FakeState _state = new();
        private Zxid _last;
        private int _accepted;
        private int _current;

        public Run() => Note();

        public IReadOnlyList<Model> Possible => _possible;

        public FakeState State => _state;

        /// <summary>The state reached so far is durable: nothing older may come back.</summary>
        public void Confirm() => _possible.RemoveRange(0, _possible.Count - 1);

        public void Appended(Engine engine, int epoch, uint from, uint to, int size = 40)
        {
            var txns = Range(epoch, from, to, size);

            // Each prefix may survive a crash in the middle.
            foreach (var txn in txns)
            {
                _state.Apply(txn);
                _last = txn.Zxid;
                Note();
            }

            engine.AppendUnsynced(epoch, from, to, size);
        }

        public void Synced(Engine engine)
        {
            engine.Storage.Sync();
            Confirm();
        }

        public void Epochs(Engine engine, int accepted, int current)
        {
            _accepted = accepted;
            Note();
            _current = current;
            Note();
            engine.Epochs(accepted, current);
            Confirm();
        }

        /// <summary>History that no flush has covered yet must be durable before the epoch that vouches for it.</summary>
        public void CurrentEpoch(Engine engine, int epoch)
        {
            _current = epoch;
            Note();
            engine.Carry(new ZabEffect.WriteCurrentEpoch(new Epoch(epoch), engine.NextToken()));
            Confirm();
        }

        public void Truncated(Engine engine, Zxid keepUpTo)
        {
            // Segments go one by one, the newest first: each end between is possible.
            var full = _state;
            var ends = full.Applied.Keys.Where(z => z >= keepUpTo.Value).OrderDescending().ToArray();
            foreach (var end in ends)
            {
                _state = Prefix(full, end);
                _last = new Zxid(end);
                Note();
            }

            if (ends.Length == 0 || ends[^1] != keepUpTo.Value)
            {
                _state = Prefix(full, keepUpTo.Value);
                _last = keepUpTo;
                Note();
            }

            engine.Truncate(keepUpTo);
            Confirm();
        }

        public void Installed(Engine engine, Zxid zxid, FakeState leader)
        {
            _state = Prefix(leader, long.MaxValue);
            _last = zxid;
            Note();
            engine.Install(zxid, leader, perSlice: 2);
            Confirm();
        }

        private static FakeState Prefix(FakeState full, long end)
        {
            var state = new FakeState();
            foreach (var (zxid, _) in full.Applied.Where(p => p.Key <= end))
            {
                state.Apply(Txn(new Zxid(zxid), full.Applied[zxid].Length));
            }

            return state;
        }

        private void Note() => _possible.Add(Model.Of(_state, _last, _accepted, _current));
    }

    private delegate void Script(Engine engine, Run run);

    private static readonly Dictionary<string, Script> Scripts = new()
    {
        ["appends over several segments"] = (engine, run) =>
        {
            run.Epochs(engine, 1, 1);
            for (uint i = 1; i <= 45; i += 3)
            {
                run.Appended(engine, 1, i, i + 2, size: 700);
                run.Synced(engine);
            }
        },
        ["batches larger than a segment"] = (engine, run) =>
        {
            run.Epochs(engine, 1, 1);
            run.Appended(engine, 1, 1, 8, size: 900);
            run.Appended(engine, 1, 9, 12, size: 5000);
            run.Synced(engine);
            run.Appended(engine, 1, 13, 13, size: 20_000);
            run.Synced(engine);
        },
        ["epoch after epoch"] = (engine, run) =>
        {
            for (var epoch = 1; epoch <= 3; epoch++)
            {
                run.Epochs(engine, epoch, epoch - 1);
                run.Appended(engine, epoch, 1, 3, size: 700);
                run.CurrentEpoch(engine, epoch);
                run.Appended(engine, epoch, 4, 6);
                run.Synced(engine);
            }
        },
        ["truncations within a segment, over segments, to the very beginning"] = (engine, run) =>
        {
            run.Epochs(engine, 9, 1);
            run.Appended(engine, 1, 1, 12, size: 900);
            run.Synced(engine);
            run.Truncated(engine, Z(1, 11));
            run.Appended(engine, 2, 1, 5, size: 900);
            run.Synced(engine);
            run.Truncated(engine, Z(1, 3));
            run.Appended(engine, 3, 1, 4, size: 900);
            run.Synced(engine);
            run.Truncated(engine, Z(1, 3));
            run.Appended(engine, 4, 1, 2);
            run.Synced(engine);
            run.Truncated(engine, Zxid.Zero);
            run.Appended(engine, 5, 1, 2);
            run.Synced(engine);
        },
        ["snapshots, retention and purge"] = (engine, run) =>
        {
            run.Epochs(engine, 1, 1);
            for (uint i = 1; i <= 36; i += 4)
            {
                run.Appended(engine, 1, i, i + 3, size: 900);
                run.Synced(engine);
                engine.Snapshot(zxid: Z(1, i + 1), perSlice: 5);
            }
        },
        ["one snapshot frees several segments"] = (engine, run) =>
        {
            run.Epochs(engine, 1, 1);
            run.Appended(engine, 1, 1, 24, size: 900);
            run.Synced(engine);
            engine.Snapshot(zxid: Z(1, 20), perSlice: 8);
            engine.Snapshot(zxid: Z(1, 21), perSlice: 8);
            run.Appended(engine, 1, 25, 26);
            run.Synced(engine);
        },
        ["a truncation takes the snapshot with traces of what is cut"] = (engine, run) =>
        {
            run.Epochs(engine, 2, 1);
            run.Appended(engine, 1, 1, 6, size: 900);
            run.Synced(engine);
            engine.Snapshot(perSlice: 3);
            run.Appended(engine, 1, 7, 12, size: 900);
            run.Synced(engine);
            engine.Snapshot(zxid: Z(1, 8), perSlice: 3);
            run.Truncated(engine, Z(1, 9));
            run.Appended(engine, 2, 1, 3, size: 900);
            run.Synced(engine);
        },
        ["an install replaces snapshots and log"] = (engine, run) =>
        {
            run.Epochs(engine, 5, 1);
            run.Appended(engine, 1, 1, 9, size: 900);
            run.Synced(engine);
            engine.Snapshot(perSlice: 3);
            run.Appended(engine, 1, 10, 14, size: 900);
            run.Synced(engine);
            var leader = new FakeState();
            Range(1, 1, 10).Concat(Range(3, 1, 20)).ToList().ForEach(leader.Apply);
            run.Installed(engine, Z(3, 15), leader);
            run.Appended(engine, 3, 16, 22);
            run.Epochs(engine, 5, 5);
            run.Appended(engine, 5, 1, 4);
            run.Synced(engine);
            run.Installed(engine, Z(5, 9), leader);
        },
        ["marks"] = (engine, run) =>
        {
            run.Epochs(engine, 1, 1);
            for (uint i = 1; i <= 5; i++)
            {
                run.Appended(engine, 1, i, i);
                run.Synced(engine);
                engine.Storage.Log.Mark();
            }
        },
    };

    public static TheoryData<string, bool> Cases()
    {
        var cases = new TheoryData<string, bool>();
        foreach (var name in Scripts.Keys)
        {
            cases.Add(name, false);
            cases.Add(name, true);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_crash_at_any_call_loses_nothing_confirmed(string name, bool spares)
    {
        var points = 0;
        for (var at = 1; ; at++, points++)
        {
            var files = new SimFileSystem();
            files.Arm(new SimFault(at));
            var run = RunScript(files, Scripts[name], spares);
            if (!files.FaultHit)
            {
                Verify(files, run.Possible, at, -1);
                break;
            }

            // The process dies, the machine goes on: all that was written is in the cache.
            for (var disk = 0; disk < RandomDisks; disk++)
            {
                Verify(files.LosePower(new Random((at * 1000) + disk)), run.Possible, at, disk);
            }

            files.KillProcess();
            Verify(files, run.Possible, at, -1);
        }

        output.WriteLine($"{points} crash points, {RandomDisks} disks each");
        Assert.True(points > 20);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_crash_at_any_call_of_the_recovery_loses_nothing_either(string name, bool spares)
    {
        var points = 0;
        for (var at = 1; ; at += 3)
        {
            var crashed = new SimFileSystem();
            crashed.Arm(new SimFault(at));
            var run = RunScript(crashed, Scripts[name], spares);
            if (!crashed.FaultHit)
            {
                break;
            }

            for (var within = 1; ; within++, points++)
            {
                var random = new Random((at * 1000) + within);
                var files = crashed.LosePower(random);
                files.Arm(new SimFault(within));
                try
                {
                    Open(files, spares: spares).Dispose();
                }
                catch (SimulatedCrashException)
                {
                }

                if (!files.FaultHit)
                {
                    break;
                }

                Verify(files.LosePower(random), run.Possible, at, within);
                files.KillProcess();
                Verify(files, run.Possible, at, within);
            }
        }

        output.WriteLine($"{points} crash points within recoveries");
        Assert.True(points > 20);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_killed_process_then_a_crash_within_recovery_loses_nothing_either(string name, bool spares)
    {
        var points = 0;
        for (var at = 1; ; at += 5)
        {
            for (var within = 1; ; within++, points++)
            {
                var files = new SimFileSystem();
                files.Arm(new SimFault(at));
                var run = RunScript(files, Scripts[name], spares);
                if (!files.FaultHit)
                {
                    Assert.True(points > 20);
                    output.WriteLine($"{points} crash points within recoveries of killed processes");
                    return;
                }

                files.KillProcess();
                files.Arm(new SimFault(within));
                try
                {
                    Open(files, spares: spares).Dispose();
                }
                catch (SimulatedCrashException)
                {
                }

                if (!files.FaultHit)
                {
                    break;
                }

                for (var disk = 0; disk < 3; disk++)
                {
                    Verify(files.LosePower(new Random((at * 1000) + (within * 10) + disk)), run.Possible, at, within);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void An_error_at_any_call_confirms_nothing_and_loses_nothing(string name, bool spares)
    {
        for (var at = 1; ; at++)
        {
            var files = new SimFileSystem();
            files.Arm(new SimFault(at, "No space left on device", CountReads: true));
            var run = RunScript(files, Scripts[name], spares);
            if (!files.FaultHit)
            {
                break;
            }

            // Started again at once: the cache may show pages whose flush failed. What recovery then reports must be durable.
            files.KillProcess();
            Verify(files, run.Possible, at, -2);
        }
    }

    private static Run RunScript(SimFileSystem files, Script script, bool spares)
    {
        var run = new Run();
        Engine? engine = null;
        try
        {
            engine = Open(files, spares: spares);
            script(engine, run);
            engine.Dispose();
        }
        catch (Exception e) when (e is SimulatedCrashException or StorageException)
        {
            Assert.True(files.FaultHit, e.ToString());
        }

        return run;
    }

    private static void Verify(SimFileSystem files, IReadOnlyList<Model> possible, int at, int disk)
    {
        var context = $"crash at call {at}, disk {disk}";
        files.KillProcess();
        Model found;
        try
        {
            found = Recover(files);
        }
        catch (StorageException e)
        {
            throw new InvalidOperationException($"{context}: recovery refused: {e.Message}", e);
        }

        Assert.True(
            possible.Contains(found), $"{context}: recovered {found}, which is none of\n{string.Join('\n', possible.TakeLast(20))}");

        // What recovery reports is durable from then on.
        for (var loss = 0; loss < 2; loss++)
        {
            Assert.Equal(found, Recover(files.LosePower(new Random((at * 7) + loss))));
        }

        // And the log goes on from there.
        using (var engine = Open(files))
        {
            var next = engine.History.LastLogged;
            engine.Epochs(100, 100);
            engine.Append(100, 1, 3, size: 900);
            Assert.Equal(next, engine.History.LastLogged);
        }

        using var last = Open(files);
        Assert.Equal(Z(100, 3), last.History.LastLogged);
    }

    private static Model Recover(SimFileSystem files)
    {
        using var engine = Open(files);
        return Model.Of(engine.State, engine.History.LastLogged, engine.History.AcceptedEpoch.Value, engine.History.CurrentEpoch.Value);
    }
}
