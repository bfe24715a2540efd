using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Zab;
using GrainKeeper.Simulation.Checking;
using GrainKeeper.Simulation.Clients;
using GrainKeeper.Simulation.Commits;
using GrainKeeper.Simulation.Faults;
using GrainKeeper.Simulation.Network;
using GrainKeeper.Simulation.Servers;

namespace GrainKeeper.Simulation;

/// <summary>One run: an ensemble and its clients under faults, then healed, then judged as a whole.</summary>
public sealed class Simulation
{
    private const long idleTicks = 14;
    private const long aftermath = 6 * EventLoop.Second;
    private const long comparisonPause = 400 * EventLoop.Millisecond;

    private readonly EventLoop _loop = new();
    private readonly SimulationProfile _profile;
    private readonly Trace _trace;
    private readonly World _world;
    private readonly Judges _judges;
    private readonly SimRandom _random;
    private readonly FaultInjector _faults;
    private long _undecided;
    private long _healedAfter;

    private Simulation(long seed, SimulationProfile profile, Action<string>? listener)
    {
        _profile = profile;
        _random = new SimRandom((ulong)seed);
        _trace = new Trace(_loop, listener);
        var setup = new ServerSetup(profile);
        _judges = new Judges(_loop, setup.Configuration, _trace, profile.Bare);
        _world = new World(profile, _loop, _trace) { Network = new SimNetwork(_loop, _random.Fork(), profile, _trace) };
        for (var i = 1; i <= profile.Servers; i++)
        {
            var server = new SimServer(new ServerId(i), _world, setup, _random.Fork(), _judges);
            if (profile.CommitPause > 0)
            {
                server.Commits = new SimCommitHost(
                    _world, new SimRandom((ulong)((seed * 100) + i)), _judges.Commits, _judges.Transactions, request => server.Tell(new ReplicaInput.Commit(request)));
            }

            _world.Servers.Add(server);
            _world.Network.Attach(server.Id, server);
        }

        for (var i = 0; i < profile.Clients; i++)
        {
            _world.Clients.Add(new SimClient(i, _world, _random.Fork(), _judges.Clients));
        }

        _judges.Broadcast.Disks = [.. _world.Servers];
        _faults = new FaultInjector(_world, _random.Fork());
    }

    /// <summary>Runs a seed in its own world.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="listener">Hears the story, or null.</param>
    /// <param name="bare">Whether ZAB runs alone.</param>
    public static RunResult Run(long seed, Action<string>? listener = null, bool bare = false) => Run(seed, SimulationProfileMaker.Make(seed, bare), listener);

    /// <summary>Runs a seed in a given world.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="profile">The world.</param>
    /// <param name="listener">Hears the story, or null.</param>
    public static RunResult Run(long seed, SimulationProfile profile, Action<string>? listener = null)
    {
        var simulation = new Simulation(seed, profile, listener);
        Exception? failure = null;
        try
        {
            simulation.Run();
        }
        catch (Exception e)
        {
            failure = e;
        }

        return new RunResult(seed, profile, failure, simulation._trace.Fingerprint, simulation.Statistics());
    }

    private void Run()
    {
        foreach (var server in _world.Servers)
        {
            _loop.After(_profile.SlowStart ? server.Id.Value * 1_200 * EventLoop.Millisecond : _random.Between(0, 200 * EventLoop.Millisecond), server.Start);
        }

        foreach (var client in _world.Clients)
        {
            client.Start();
        }

        CompareStates();
        _faults.Start();
        RunUntil(_profile.FaultyTime);
        _faults.Stop();
        _world.Committing = false;
        foreach (var client in _world.Clients)
        {
            client.Finish(LastRequests());
        }

        Heal();
        StayInTouch();
        _judges.CompareStates(_world.Servers);
        JudgeHistories();
    }

    private void CompareStates()
    {
        _judges.CompareStates(_world.Servers);
        _loop.After(comparisonPause, CompareStates);
    }

    private void RunUntil(long time)
    {
        while (_loop.RunNext(time))
        {
            // Each event is checked by the judges while it happens.
        }
    }

    private void Heal()
    {
        var begun = _loop.Now;
        var deadline = begun + _profile.HealingTime;
        var committed = _judges.Broadcast.Sequence.Count;
        while (_world.BareWorkload && _profile.Bare && _judges.Broadcast.Sequence.Count == committed && _loop.Now < deadline)
        {
            RunUntil(_loop.Now + (100 * EventLoop.Millisecond));
        }

        _world.BareWorkload = false;
        while (WhatIsMissing() is { } missing)
        {
            if (_loop.Now >= deadline)
            {
                throw new PropertyViolatedException("progress after healing", $"{_profile.HealingTime / EventLoop.Second} s after all faults ended: {missing}");
            }

            RunUntil(_loop.Now + (100 * EventLoop.Millisecond));
        }

        _healedAfter = Math.Max(_healedAfter, _loop.Now - begun);
    }

    // Clients that only ping, on a whole network, keep their sessions and connections however long it takes.
    private void StayInTouch()
    {
        // What the faults have left under way, such as late reports of losses and doubled messages, must be over first.
        RunUntil(_loop.Now + aftermath);
        Heal();
        var sessions = _world.Clients.ConvertAll(c => c.Session);
        var drops = _world.Clients.Sum(c => c.Drops);
        RunUntil(_loop.Now + (idleTicks * _profile.TickTime * EventLoop.Millisecond));
        if (WhatIsMissing() is { } missing)
        {
            throw new PropertyViolatedException("nothing happens in peace", missing);
        }

        if (!sessions.SequenceEqual(_world.Clients.Select(c => c.Session)) || drops != _world.Clients.Sum(c => c.Drops))
        {
            throw new PropertyViolatedException("nothing happens in peace", "a client that pinged lost its session or its connection");
        }
    }

    private string? WhatIsMissing()
    {
        foreach (var server in _world.Servers)
        {
            if (server.Replica?.Status is not { Phase: ZabPhase.Broadcast } status)
            {
                return $"server {server.Id} does not serve: {server.Replica?.Status}, election {server.Election?.State} in round {server.Election?.Round} for {server.Election?.CurrentVote}";
            }

            if (status.LastCommitted != _judges.Broadcast.LastCommitted)
            {
                return $"server {server.Id} has committed {status.LastCommitted}, the ensemble {_judges.Broadcast.LastCommitted}";
            }
        }

        if (!_world.Committing && _world.Servers.Find(s => s.Commits?.Unanswered > 0) is { } asking)
        {
            return $"the host of atomic commit on server {asking.Id} has {asking.Commits!.Unanswered} questions without an answer";
        }

        if (_judges.Transactions.InDoubt is { } doubt)
        {
            return $"transaction {doubt} is prepared and not finished";
        }

        if (!_world.Committing && _world.Servers.Find(s => s.Replica is WholeReplica { Leader: { LockedPaths: > 0 } or { LockWaiters: > 0 } }) is { } locking)
        {
            return $"on server {locking.Id} paths are locked, or waited for: {((WholeReplica)locking.Replica!).Leader}";
        }

        if (_world.Clients.Find(c => !c.Finished) is { } busy)
        {
            return $"{busy.Name} has not got all its answers; it is {(busy.Connected ? "connected" : "not connected")}, its session is {busy.Session:x}";
        }

        foreach (var (id, session) in _judges.Model.Sessions)
        {
            if (session.Closed is null && _world.Clients.TrueForAll(c => c.Session != id))
            {
                return $"session {id:x}, which no client uses, has not expired";
            }
        }

        return null;
    }

    private List<ClientRequest> LastRequests()
    {
        var requests = new List<ClientRequest>
        {
            new() { Type = OpCode.Create, Path = "/last", Value = _world.NextValue() },
            new() { Type = OpCode.SetData, Path = "/last", Value = _world.NextValue() },
            new() { Type = OpCode.Sync, Path = "/" },
        };
        requests.AddRange(Workload.AllPaths(_profile).Select(path => new ClientRequest { Type = OpCode.GetData, Path = path }));
        return requests;
    }

    private void JudgeHistories()
    {
        if (_judges.Transactions.Begun > 0)
        {
            // Clients' answers alone do not tell what transactions have written.
            return;
        }

        string[] paths = [.. Workload.AllPaths(_profile), "/last"];
        foreach (var (path, history) in WriteHistory.ByPath(_judges.Requests.All, paths))
        {
            switch (LinearizabilityChecker.Check(history))
            {
                case LinearizabilityVerdict.NotLinearizable:
                    throw new PropertyViolatedException("linearizable writes and reads", $"no order explains the {history.Count} writes and linearizable reads of {path}");
                case LinearizabilityVerdict.Undecided:
                    _undecided++;
                    break;
                default:
                    break;
            }
        }
    }

    private RunStatistics Statistics() => new()
    {
        Runs = 1,
        Steps = _judges.Steps,
        Events = _loop.Happened,
        Milliseconds = _loop.Now / 1000,
        Epochs = _judges.Broadcast.Epochs,
        Committed = _judges.Broadcast.Sequence.Count,
        AcknowledgedWrites = _judges.Clients.AcknowledgedWrites,
        UnknownWrites = _judges.Requests.All.Count(r => r.IsWrite && r.Returned is null),
        RepeatsAnswered = _judges.Clients.RepeatsAnswered,
        Reads = _judges.Clients.Reads,
        LinearizableReads = _judges.Clients.LinearizableReads,
        WatchEvents = _judges.Clients.Events,
        ExpiredSessions = _judges.Sequence.Expired,
        Truncations = _judges.Broadcast.Truncations,
        Installs = _judges.Broadcast.Installs,
        ComparedStates = _judges.States.Compared,
        Torn = _world.Servers.Sum(s => s.Disk.Torn),
        LostMessages = _world.Network.Lost,
        Faults = _faults.Counts.Sum(),
        Undecided = _undecided,
        CommitRecords = _judges.Commits.Acknowledged,
        CommitReads = _judges.Commits.Reads,
        TreeTransactions = _judges.Transactions.CarriedOut,
        TreeTransactionsGivenUp = _judges.Transactions.GivenUp,
        LockTimeouts = _judges.Transactions.TimedOut,
        LostCommitRecords = _judges.Commits.Gone,
        LongestHealing = _healedAfter / EventLoop.Millisecond,
    };
}
