using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Core.Tests.Replica;

/// <summary>Servers, links that keep order, and a clock that the test moves. The test also elects.</summary>
internal sealed class TestEnsemble
{
    private readonly Dictionary<(ServerId From, ServerId To), Queue<ZabEnvelope>> _links = [];
    private readonly HashSet<(ServerId, ServerId)> _cut = [];
    private readonly HashSet<(ServerId, ServerId)> _held = [];
    private long _connections;

    public TestEnsemble(int servers, ReplicaOptions? options = null, bool elect = true)
    {
        Options = (options ?? new ReplicaOptions()) with { Secret = "0123456789abcdef0123456789abcdef"u8.ToArray() };
        Configuration = new QuorumConfiguration(
            Zxid.Zero, Enumerable.Range(1, servers).Select(i => new Member(new ServerId(i), MemberRole.Participant)));
        Servers = [.. Configuration.Members.Select(m => new TestServer(this, m.Id))];
        if (elect)
        {
            Elect(servers);
        }
    }

    public ReplicaOptions Options { get; }

    public QuorumConfiguration Configuration { get; }

    public List<TestServer> Servers { get; }

    public Now Now { get; private set; } = new(1_000_000, 1_700_000_000_000);

    public TestServer Leader => Servers.Single(s => !s.IsDown && s.Core.Status is { Role: ZabRole.Leading, Serving: true });

    public TestServer Follower => Servers.First(s => !s.IsDown && s.Core.Status.Role == ZabRole.Following);

    public TestServer this[int id] => Servers[id - 1];

    public long NextConnection() => ++_connections;

    /// <summary>Starts a server that the configuration does not know, and lets it follow the leader.</summary>
    public TestServer AddStranger()
    {
        var server = new TestServer(this, new ServerId(Servers.Count + 1));
        Servers.Add(server);
        server.Step(new ReplicaInput.Zab(new ZabInput.Elected(Leader.Id)));
        Run();
        return server;
    }

    /// <summary>Tells all servers who leads and runs until they serve.</summary>
    public void Elect(int leader)
    {
        foreach (var server in Servers.Where(s => !s.IsDown))
        {
            server.Step(new ReplicaInput.Zab(new ZabInput.Elected(new ServerId(leader))));
        }

        Run();
        Assert.All(Servers.Where(s => !s.IsDown), s => Assert.True(s.Core.Status.Serving, $"{s} does not serve"));
    }

    /// <summary>Runs until nothing is left to do at this moment.</summary>
    public void Run()
    {
        for (var steps = 0; ; steps++)
        {
            Assert.True(steps < 1_000_000, "the ensemble does not come to rest");
            var busy = false;
            foreach (var server in Servers)
            {
                busy |= server.RunOne();
            }

            foreach (var (link, queue) in _links)
            {
                if (!_held.Contains(link) && queue.TryDequeue(out var envelope) && !this[link.To.Value].IsDown)
                {
                    this[link.To.Value].Step(new ReplicaInput.Zab(new ZabInput.MessageReceived(link.From, envelope)));
                    busy = true;
                    break;
                }
            }

            if (!busy)
            {
                return;
            }
        }
    }

    /// <summary>Moves the clock, ticking each server when it asks for it.</summary>
    public void Advance(long milliseconds, Action? each = null)
    {
        var end = Now.Monotonic + milliseconds;
        while (Now.Monotonic < end)
        {
            var next = end;
            foreach (var server in Servers.Where(s => !s.IsDown))
            {
                next = Math.Min(next, server.Core.NextDeadline ?? end);
            }

            var delta = Math.Max(1, next - Now.Monotonic);
            Now = new Now(Now.Monotonic + delta, Now.Wall + delta);
            each?.Invoke();
            foreach (var server in Servers.Where(s => !s.IsDown && s.Core.NextDeadline <= Now.Monotonic))
            {
                server.Step(new ReplicaInput.Tick());
            }

            Run();
        }
    }

    /// <summary>Moves the clock although nobody runs.</summary>
    public void Jump(long milliseconds) => Now = new Now(Now.Monotonic + milliseconds, Now.Wall + milliseconds);

    /// <summary>Changes the next message between two replicas, other than ZAB's own, on its way; then null again.</summary>
    public ReadOnlyMemory<byte>? NextApplicationMessage { get; set; }

    /// <summary>Told of each message that is sent, with its receiver.</summary>
    public Action<ServerId, ZabEnvelope>? Sent { get; set; }

    public void Send(ServerId from, ServerId to, ZabEnvelope envelope)
    {
        Sent?.Invoke(to, envelope);
        if (NextApplicationMessage is { } other && envelope.Message is ZabMessage.Application)
        {
            envelope = envelope with { Message = new ZabMessage.Application(other) };
            NextApplicationMessage = null;
        }

        if (_cut.Contains((from, to)))
        {
            return;
        }

        if (!_links.TryGetValue((from, to), out var queue))
        {
            _links.Add((from, to), queue = new Queue<ZabEnvelope>());
        }

        queue.Enqueue(envelope);
    }

    /// <summary>Keeps what a server sends another one on the way, until <see cref="Release"/>.</summary>
    public void Hold(TestServer from, TestServer to) => _held.Add((from.Id, to.Id));

    public void Release(TestServer from, TestServer to)
    {
        _held.Remove((from.Id, to.Id));
        Run();
    }

    /// <summary>Delivers the next message that was held back.</summary>
    /// <returns>False when there is none.</returns>
    public bool DeliverOne(TestServer from, TestServer to)
    {
        if (!_links.TryGetValue((from.Id, to.Id), out var queue) || !queue.TryDequeue(out var envelope))
        {
            return false;
        }

        to.Step(new ReplicaInput.Zab(new ZabInput.MessageReceived(from.Id, envelope)));
        Run();
        return true;
    }

    /// <summary>Has a server send another one bytes in place of its replica's next message on their channel.</summary>
    public void Forge(TestServer from, TestServer to, byte[] payload)
    {
        var effects = new List<Effect>();
        from.Peer.SendApplication(to.Id, payload, effects);
        foreach (var effect in effects)
        {
            Send(from.Id, to.Id, ((ZabEffect.Send)effect).Envelope);
        }

        Run();
    }

    /// <summary>Breaks the link between two servers; what is under way is lost.</summary>
    public void Cut(TestServer a, TestServer b)
    {
        foreach (var (from, to) in new[] { (a, b), (b, a) })
        {
            _cut.Add((from.Id, to.Id));
            _held.Remove((from.Id, to.Id));
            _links.Remove((from.Id, to.Id));
        }

        a.Step(new ReplicaInput.Zab(new ZabInput.PeerLost(b.Id)));
        b.Step(new ReplicaInput.Zab(new ZabInput.PeerLost(a.Id)));
        Run();
    }

    public void Heal(TestServer a, TestServer b)
    {
        _cut.Remove((a.Id, b.Id));
        _cut.Remove((b.Id, a.Id));
    }

    /// <summary>A server ends without a word.</summary>
    public void Kill(TestServer server)
    {
        server.IsDown = true;
        foreach (var link in _links.Keys.Where(l => l.From == server.Id || l.To == server.Id).ToList())
        {
            _links.Remove(link);
            _held.Remove(link);
        }

        foreach (var other in Servers.Where(s => !s.IsDown))
        {
            other.Step(new ReplicaInput.Zab(new ZabInput.PeerLost(server.Id)));
        }

        Run();
    }
}
