using System.Buffers;
using GrainKeeper.Core.Election;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Tests.Election;

/// <summary>
/// A group of elections on one thread, under a seeded network and a virtual clock. Messages travel as bytes. A model of ZAB establishes epochs and sends
/// servers back to look when their leader or their quorum is gone; without it an election has no second round.
/// </summary>
internal sealed class ElectionNetwork
{
    private const int DetectionDelay = 5;
    private const int SupervisionInterval = 10;
    private const int InitTimeout = 400;

    private readonly int _algorithm;
    private readonly ElectionOptions _options;
    private readonly Random _random;
    private readonly PriorityQueue<Action, (long Time, long Number)> _events = new();
    private readonly SortedDictionary<ServerId, ElectionServer> _servers = [];
    private readonly HashSet<(ServerId, ServerId)> _cut = [];
    private readonly Dictionary<(ServerId, ServerId), long> _lastArrival = [];
    private readonly Dictionary<(ServerId Server, int Life, ServerId Peer), int> _connected = [];
    private long _number;

    internal ElectionNetwork(int algorithm, QuorumConfiguration configuration, int seed, NetworkFaults? faults = null, ElectionOptions? options = null)
    {
        _algorithm = algorithm;
        _options = options ?? new ElectionOptions { Secret = "the ensemble's secret"u8.ToArray() };
        _random = new Random(seed);
        Configuration = configuration;
        Faults = faults ?? NetworkFaults.None;
        foreach (var member in configuration.Members)
        {
            _servers[member.Id] = new ElectionServer(member.Id);
        }

        Schedule(SupervisionInterval, Supervise);
    }

    internal QuorumConfiguration Configuration { get; }

    internal NetworkFaults Faults { get; set; }

    internal long Time { get; private set; }

    internal long MessagesSent { get; private set; }

    /// <summary>Whether the model of ZAB acts. Without it, what was elected stays.</summary>
    internal bool Supervised { get; set; } = true;

    /// <summary>Sees each message under way (from, to, message) and may replace it, or drop it with null.</summary>
    internal Func<ServerId, ServerId, ElectionMessage, ElectionMessage?>? Interceptor { get; set; }

    internal ElectionServer this[int id] => _servers[new ServerId(id)];

    internal IEnumerable<ElectionServer> Running => _servers.Values.Where(s => s.Up);

    internal static QuorumConfiguration Ensemble(int participants, int observers = 0) =>
        new(Zxid.Zero, Enumerable.Range(1, participants + observers)
            .Select(id => new Member(new ServerId(id), id <= participants ? MemberRole.Participant : MemberRole.Observer)));

    internal void Start(int id, Zxid? lastZxid = null, Epoch? epoch = null)
    {
        var server = this[id];
        Assert.False(server.Up);
        server.LastZxid = lastZxid ?? server.LastZxid;
        server.Epoch = epoch ?? server.Epoch;
        server.Life++;
        server.Election = ElectionFactory.Create(_algorithm, server.Id, Configuration, _options, _random.Next());
        Look(server);
        foreach (var peer in Running.Where(p => p != server && Linked(p.Id, server.Id)).ToList())
        {
            Connect(server, peer);
        }
    }

    internal void Crash(int id)
    {
        var server = this[id];
        foreach (var peer in Running.Where(p => p != server && Linked(p.Id, server.Id)).ToList())
        {
            Disconnect(peer, server);
        }

        server.Election = null;
        server.Life++;
    }

    /// <summary>Cuts all links between the given servers and the others.</summary>
    internal void Isolate(params int[] ids)
    {
        foreach (var inside in ids.Select(id => new ServerId(id)))
        {
            foreach (var outside in _servers.Keys.Where(o => !ids.Contains(o.Value)))
            {
                Cut(inside, outside);
            }
        }
    }

    internal void Cut(ServerId one, ServerId other)
    {
        if (_cut.Add(Pair(one, other)) && _servers[one].Up && _servers[other].Up)
        {
            Disconnect(_servers[one], _servers[other]);
            Disconnect(_servers[other], _servers[one]);
        }
    }

    internal void HealAll()
    {
        foreach (var (one, other) in _cut.Order().ToList())
        {
            _cut.Remove((one, other));
            if (_servers[one].Up && _servers[other].Up)
            {
                Connect(_servers[one], _servers[other]);
            }
        }
    }

    internal void RunFor(long ms) => RunUntil(() => false, ms);

    /// <summary>Runs until the condition holds, or for the time given.</summary>
    /// <returns>Whether it holds.</returns>
    internal bool RunUntil(Func<bool> condition, long ms)
    {
        var end = Time + ms;
        while (!condition())
        {
            if (!_events.TryPeek(out var action, out var due) || due.Time > end)
            {
                Time = end;
                return false;
            }

            _events.Dequeue();
            Time = due.Time;
            action();
        }

        return true;
    }

    /// <summary>The leader whom all running servers follow and who leads with a quorum; otherwise null.</summary>
    internal ServerId? AgreedLeader()
    {
        var leaders = Running.Where(s => s.State == ElectionState.Leading).ToList();
        return leaders.Count == 1 && leaders[0].Synchronized
            && Running.All(s => s.State != ElectionState.Looking && s.Synchronized && s.Favourite == leaders[0].Id)
            ? leaders[0].Id
            : null;
    }

    internal void Step(ElectionServer server, ElectionInput input)
    {
        if (server.Election is not { } election)
        {
            return;
        }

        var effects = new List<Effect>();
        election.Step(input, new Now(Time, Time), effects);
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case ElectionEffect.Send(var to, var message):
                    Send(server, to, message);
                    break;
                case ElectionEffect.Elected(var leader, var round):
                    Assert.Equal(leader, election.CurrentVote.Leader);
                    server.Elections.Add((leader, round));
                    server.Synchronized = false;
                    server.UnsynchronizedSince = Time;
                    break;
                default:
                    Assert.Fail($"unexpected effect {effect}");
                    break;
            }
        }

        if (election.NextDeadline is { } deadline)
        {
            Schedule(Math.Max(deadline - Time, 0), () =>
            {
                if (server.Election == election && election.NextDeadline <= Time)
                {
                    Step(server, new ElectionInput.Tick());
                }
            });
        }
    }

    private void Send(ElectionServer from, ServerId to, ElectionMessage message)
    {
        MessagesSent++;
        if (Interceptor is not null)
        {
            if (Interceptor(from.Id, to, message) is not { } replaced)
            {
                return;
            }

            message = replaced;
        }

        var bytes = new ArrayBufferWriter<byte>();
        ElectionMessageCodec.Encode(bytes, message);
        var copies = _random.NextDouble() < Faults.Loss ? 0 : _random.NextDouble() < Faults.Duplication ? 2 : 1;
        for (var copy = 0; copy < copies; copy++)
        {
            var arrival = Time + _random.Next(Faults.MinDelay, Faults.MaxDelay + 1);
            if (!Faults.Reorders)
            {
                arrival = Math.Max(arrival, _lastArrival.GetValueOrDefault((from.Id, to)));
                _lastArrival[(from.Id, to)] = arrival;
            }

            var (receiver, fromLife) = (_servers[to], from.Life);
            var toLife = receiver.Life;
            Schedule(arrival - Time, () =>
            {
                // A connection ends with either end's life, and carries nothing over a cut.
                if (receiver.Life == toLife && from.Life == fromLife && Linked(from.Id, to))
                {
                    Step(receiver, new ElectionInput.MessageReceived(from.Id, ElectionMessageCodec.Decode(bytes.WrittenMemory)));
                }
            });
        }
    }

    private void Connect(ElectionServer one, ElectionServer other)
    {
        var lives = (one.Life, other.Life);
        Schedule(1, () =>
        {
            if ((one.Life, other.Life) == lives && Linked(one.Id, other.Id))
            {
                TellUp(one, other);
                TellUp(other, one);
            }
        });
    }

    private void TellUp(ElectionServer server, ElectionServer peer)
    {
        // A host never announces a new connection before the end of the old one.
        if (_connected.Remove((server.Id, server.Life, peer.Id)))
        {
            Step(server, new ElectionInput.PeerLost(peer.Id));
        }

        _connected.Add((server.Id, server.Life, peer.Id), peer.Life);
        Step(server, new ElectionInput.PeerConnected(peer.Id));
    }

    private void Disconnect(ElectionServer server, ElectionServer peer)
    {
        var (life, peerLife) = (server.Life, peer.Life);
        Schedule(DetectionDelay, () =>
        {
            if (server.Life == life
                && (peer.Life != peerLife || !Linked(server.Id, peer.Id))
                && _connected.TryGetValue((server.Id, life, peer.Id), out var known) && known == peerLife)
            {
                _connected.Remove((server.Id, life, peer.Id));
                Step(server, new ElectionInput.PeerLost(peer.Id));
            }
        });
    }

    private void Supervise()
    {
        Schedule(SupervisionInterval, Supervise);
        if (!Supervised)
        {
            return;
        }

        foreach (var leader in Running.Where(s => s.State == ElectionState.Leading).ToList())
        {
            SuperviseLeader(leader);
        }

        foreach (var learner in Running.Where(s => s.State is ElectionState.Following or ElectionState.Observing).ToList())
        {
            SuperviseLearner(learner);
        }
    }

    private void SuperviseLeader(ElectionServer leader)
    {
        var followers = Running.Where(s => s.State == ElectionState.Following && s.Favourite == leader.Id && Linked(s.Id, leader.Id)).ToList();
        var quorum = Configuration.IsQuorum([leader.Id, .. followers.Select(s => s.Id)]);
        if (quorum && !leader.Synchronized)
        {
            leader.Epoch = followers.Append(leader).Max(s => s.Epoch).Next();
            leader.LastZxid = Zxid.Of(leader.Epoch, 1);
            Synchronize(leader, leader.Epoch);
        }
        else if (quorum)
        {
            leader.UnsynchronizedSince = Time;
        }
        else if (Time - leader.UnsynchronizedSince > InitTimeout)
        {
            Look(leader);
        }
    }

    private void SuperviseLearner(ElectionServer learner)
    {
        var leader = _servers[learner.Favourite];
        var reachable = leader.Up && Linked(learner.Id, leader.Id);
        if (reachable && leader.State == ElectionState.Leading && leader.Synchronized)
        {
            learner.UnsynchronizedSince = Time;
            if (!learner.Synchronized || learner.Epoch != leader.Epoch)
            {
                (learner.Epoch, learner.LastZxid) = (leader.Epoch, leader.LastZxid);
                Synchronize(learner, leader.Epoch);
            }
        }
        else if ((!reachable && Time - learner.UnsynchronizedSince > 2 * DetectionDelay) || Time - learner.UnsynchronizedSince > InitTimeout)
        {
            Look(learner);
        }
    }

    private void Synchronize(ElectionServer server, Epoch epoch)
    {
        server.Synchronized = true;
        server.UnsynchronizedSince = Time;
        Step(server, new ElectionInput.EpochEstablished(epoch));
    }

    private void Look(ElectionServer server)
    {
        server.Synchronized = false;
        Step(server, new ElectionInput.StartLooking(server.LastZxid, server.Epoch));
    }

    private bool Linked(ServerId one, ServerId other) => !_cut.Contains(Pair(one, other));

    private static (ServerId, ServerId) Pair(ServerId one, ServerId other) => one < other ? (one, other) : (other, one);

    private void Schedule(long delay, Action action) => _events.Enqueue(action, (Time + delay, _number++));
}
