using System.Globalization;
using System.Text;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Requests;
using GrainKeeper.Core.Tree;
using GrainKeeper.Core.Watches;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Core.Tests.Replica;

/// <summary>Persistent watches that go on from a transaction: what is told later, from memory or from the log, is what was told live.</summary>
public class ResumedWatchTests
{
    private static readonly string[] Persistent = ["/n0", "/n1/n0"];
    private static readonly string[] Recursive = ["/", "/n1"];
    private static readonly AclList Annas = Frames.Acl(Permissions.All, "digest", DigestOf("anna:secret"));
    private static readonly AclList Bobs = Frames.Acl(Permissions.All, "digest", DigestOf("bob:secret"));

    [Fact]
    public void What_is_told_later_is_what_was_told_live()
    {
        var (told, withheld) = (0, 0);
        for (var seed = 0; seed < 40; seed++)
        {
            var random = new Random(seed);
            var ensemble = Ensemble(recent: random.Next(2) == 0 ? 4 : 1_000);
            var live = new Watcher(ensemble.Follower, "anna:secret");
            var all = new Watcher(ensemble.Follower, "anna:secret", "bob:secret");
            Assert.Equal(ResumeStatus.Live, live.Ask(-1, EventPosition.End, 100).Status);
            Assert.Equal(ResumeStatus.Live, all.Ask(-1, EventPosition.End, 100).Status);
            var writer = new Writer(ensemble, random);
            for (var i = 0; i < 60; i++)
            {
                writer.Write();
            }

            var expected = live.Events();
            Assert.Equal(expected.OrderBy(e => e.At).Select(e => e.At), expected.Select(e => e.At));
            (told, withheld) = (told + expected.Count, withheld + all.Events().Count - expected.Count);
            for (var again = 0; again < 4 && expected.Count > 0; again++)
            {
                var seen = again == 0 ? -1 : random.Next(expected.Count);
                var from = seen < 0 ? EventPosition.After(new Zxid(live.Began)) : expected[seen].At;
                if (random.Next(2) == 0)
                {
                    // Behind all of the transaction.
                    from = EventPosition.After(from.Zxid);
                    seen = expected.FindLastIndex(e => e.At.Zxid <= from.Zxid);
                }

                var later = new Watcher(ensemble[random.Next(1, 4)], "anna:secret");
                Assert.Equal(ResumeStatus.Live, later.CatchUp(from, random.Next(1, 30)));
                var after = later.Events();
                Assert.True(expected.Skip(seen + 1).SequenceEqual(after), $"seed {seed}, from {from}:\n{string.Join('\n', expected.Skip(seen + 1))}\nbut\n{string.Join('\n', after)}");

                writer.Client.Create($"/last{again}");
                Assert.Equal([$"NodeCreated /last{again}"], later.Events().Select(e => e.Text));
                expected.AddRange(live.Events());
            }
        }

        Assert.True(told > 800 && withheld > 200, $"{told} told, {withheld} withheld");
    }

    [Fact]
    public void Nothing_that_a_client_sends_overtakes_an_answer_that_waits_for_the_log()
    {
        var ensemble = Ensemble(recent: 2);
        var writer = new TestClient(ensemble.Leader).Connect();
        writer.Create("/a");
        for (var i = 0; i < 20; i++)
        {
            writer.Error(OpCode.SetData, Frames.SetData("/a", "x"));
        }

        var client = new TestClient(ensemble.Follower).Connect();
        client.Take();
        var write = client.Send(OpCode.SetData, Frames.SetData("/a", "1"));
        var resume = client.Send(OpCode.ResumeWatches, Frames.ResumeWatches(0, EventPosition.End, 1_000, [], ["/"]));
        var read = client.Send(OpCode.GetData, Frames.PathWatch("/a"));
        var again = client.Send(OpCode.ResumeWatches, Frames.ResumeWatches(0, EventPosition.End, 1_000, [], ["/"]));
        var last = client.Send(OpCode.SetData, Frames.SetData("/a", "2"));
        ensemble.Run();

        Assert.Equal([$"{write}:Ok", $"{resume}:Ok", $"{read}:Ok", $"{again}:Ok", $"{last}:Ok"], client.Take());
    }

    [Fact]
    public void A_connection_that_ends_while_the_log_is_read_is_forgotten()
    {
        var ensemble = Ensemble(recent: 2);
        var writer = new TestClient(ensemble.Leader).Connect();
        for (var i = 0; i < 20; i++)
        {
            writer.Create($"/n{i}");
        }

        var watchers = Enumerable.Range(0, 30).Select(_ => new Watcher(ensemble.Follower)).ToList();
        watchers.ForEach(w => w.Send(0, EventPosition.End, 1_000));
        foreach (var gone in watchers.Where((_, i) => i % 3 == 0))
        {
            gone.Client.Break();
        }

        ensemble.Run();
        Assert.All(watchers.Where((_, i) => i % 3 != 0), w => Assert.Contains("NodeCreated /n0", w.Events().Select(e => e.Text)));
    }

    [Fact]
    public void What_the_log_does_not_hold_any_more_is_told_to_be_lost_and_the_watch_is_set()
    {
        var ensemble = Ensemble(recent: 2);
        var writer = new TestClient(ensemble.Leader).Connect();
        for (var i = 0; i < 20; i++)
        {
            writer.Create($"/n{i}");
        }

        ensemble.Follower.OldestInLog = new Zxid(writer.Received[^1].Zxid - 8);
        var late = new Watcher(ensemble.Follower);
        var (status, position) = late.Ask(writer.Received[2].Zxid, EventPosition.End, 1_000);
        writer.Create("/later");

        Assert.Equal(ResumeStatus.Lost, status);
        Assert.Equal(EventPosition.After(new Zxid(writer.Received[^2].Zxid)).Ordinal, position.Ordinal);
        Assert.True(position.Zxid >= new Zxid(writer.Received[^2].Zxid));
        Assert.Equal(["NodeCreated /later"], late.Events().Select(e => e.Text));
        Assert.Equal(ResumeStatus.Live, new Watcher(ensemble.Follower).CatchUp(EventPosition.After(new Zxid(writer.Received[^6].Zxid)), 1_000));
    }

    [Fact]
    public void Who_could_read_what_before_the_state_was_restored_is_not_guessed()
    {
        var ensemble = new TestEnsemble(1);
        var client = new TestClient(ensemble[1]).Connect();
        client.Create("/a");
        Assert.Equal(Zxid.Zero, ensemble[1].State.EventAcls.Since);
        var copy = Restored(ensemble[1].State);

        Assert.Equal(copy.LastApplied, copy.EventAcls.Since);
        Assert.True(copy.LastApplied > Zxid.Zero);
    }

    [Fact]
    public void A_request_that_makes_no_sense_is_refused()
    {
        var ensemble = Ensemble(recent: 100);
        var client = new TestClient(ensemble.Follower).Connect();
        foreach (var body in new[]
        {
            Frames.ResumeWatches(-2, 1, 1, [], ["/"]), Frames.ResumeWatches(0, -1, 1, [], ["/"]), Frames.ResumeWatches(0, 1, 0, [], ["/"]), new byte[7],
        })
        {
            Assert.Equal(ErrorCode.MarshallingError, client.Error(OpCode.ResumeWatches, body));
        }

        Assert.Null(client.ClosedFor);
    }

    private static ReplicaState Restored(ReplicaState state)
    {
        var copy = new ReplicaState();
        var (reader, writer) = (state.OpenState(), copy.BeginRestore());
        var more = true;
        while (more)
        {
            var slice = new System.Buffers.ArrayBufferWriter<byte>();
            more = reader.ReadNext(slice, 1_000);
            writer.Write(slice.WrittenSpan);
        }

        writer.Complete(reader.Zxid);
        return copy;
    }

    private static TestEnsemble Ensemble(int recent) => new(3, new ReplicaOptions { Zab = new ZabOptions { RecentTxns = recent } });

    private static string DigestOf(string proof) => AuthSchemes.Authenticate("digest", Encoding.UTF8.GetBytes(proof), Credentials.None, superDigest: null)!.Identities[0].Id;

    /// <summary>Makes all kinds of changes.</summary>
    private sealed class Writer
    {
        private readonly Random _random;
        private readonly TestEnsemble _ensemble;

        public Writer(TestEnsemble ensemble, Random random)
        {
            (_ensemble, _random) = (ensemble, random);
            Client = Connect();
        }

        public TestClient Client { get; }

        public void Write()
        {
            switch (_random.Next(8))
            {
                case 0:
                    Client.Ask(OpCode.Multi, Frames.Multi([.. Enumerable.Range(0, _random.Next(1, 4)).Select(_ => Change())]));
                    break;
                case 1:
                    var passing = Connect();
                    for (var i = 0; i < 3; i++)
                    {
                        passing.Ask(OpCode.Create, Frames.Create(Path(), flags: 1, acl: Acl()));
                    }

                    passing.Ask(OpCode.CloseSession, []);
                    break;
                default:
                    var (type, body) = Change();
                    Client.Ask(type, body);
                    break;
            }
        }

        private TestClient Connect()
        {
            var client = new TestClient(_ensemble.Leader).Connect();
            client.SendRaw(
                Frames.Request(ReservedXid.Auth, OpCode.Auth, Frames.Auth("digest", "anna:secret")), Frames.Request(ReservedXid.Auth, OpCode.Auth, Frames.Auth("digest", "bob:secret")));
            return client;
        }

        private (OpCode Type, byte[] Body) Change() => _random.Next(6) switch
        {
            0 => (OpCode.Delete, Frames.PathVersion(Path())),
            1 => (OpCode.SetAcl, Frames.SetAcl(Path(), Acl())),
            2 or 3 => (OpCode.SetData, Frames.SetData(Path(), "x")),
            _ => (OpCode.Create, Frames.Create(Path(), acl: Acl())),
        };

        private string Path() => string.Concat(Enumerable.Range(0, _random.Next(1, 4)).Select(_ => $"/n{_random.Next(2)}"));

        private AclList Acl() => _random.Next(4) switch
        {
            0 => Annas,
            1 => Bobs,
            _ => AclList.Open,
        };
    }

    /// <summary>A client with watches that go on from somewhere.</summary>
    private sealed class Watcher
    {
        private readonly TestServer _server;
        public Watcher(TestServer server, params string[] identities)
        {
            _server = server;
            Client = new TestClient(server).Connect();
            foreach (var identity in identities)
            {
                Client.SendRaw(Frames.Request(ReservedXid.Auth, OpCode.Auth, Frames.Auth("digest", identity)));
            }
        }

        public TestClient Client { get; }

        public long Began { get; private set; }

        public int Send(long zxid, int ordinal, int most) => Client.Send(OpCode.ResumeWatches, Frames.ResumeWatches(zxid, ordinal, most, Persistent, Recursive));

        public (ResumeStatus Status, EventPosition Position) Ask(long zxid, int ordinal, int most)
        {
            var xid = Send(zxid, ordinal, most);
            _server.Ensemble.Run();
            var reply = Assert.Single(Client.Received, r => r.Xid == xid);
            Assert.Equal(ErrorCode.Ok, reply.Error);
            var reader = new JuteReader(reply.Body);
            var status = (ResumeStatus)reader.ReadInt();
            var position = new EventPosition(new Zxid(reader.ReadLong()), reader.ReadInt());
            Began = Began == 0 ? position.Zxid.Value : Began;
            return (status, position);
        }

        public ResumeStatus CatchUp(EventPosition from, int most)
        {
            for (var asked = 0; ; asked++)
            {
                Assert.True(asked < 1_000, "there is no end");
                var (status, position) = Ask(from.Zxid.Value, from.Ordinal, most);
                if (status != ResumeStatus.More)
                {
                    return status;
                }

                Assert.True(position > from, $"nothing was told after {from}");
                from = position;
            }
        }

        /// <summary>What was told since the last call.</summary>
        public List<Told> Events()
        {
            var events = new List<Told>();
            foreach (var reply in Client.Received)
            {
                var reader = new JuteReader(reply.Body);
                if (reply.IsEvent)
                {
                    var e = WatcherEvent.Read(ref reader);
                    events.Add(new Told(new EventPosition(new Zxid(reply.Zxid), reader.ReadInt()), Text(e.Type, e.Path)));
                }
                else if (reply.Xid > 0 && reply.Body.Length > 0)
                {
                    var (_, _, _) = (reader.ReadInt(), reader.ReadLong(), reader.ReadInt());
                    for (var left = reader.ReadInt(); left > 0; left--)
                    {
                        var at = new EventPosition(new Zxid(reader.ReadLong()), reader.ReadInt());
                        events.Add(new Told(at, Text(reader.ReadInt(), reader.ReadBuffer())));
                    }
                }

                Assert.Equal(0, reader.Remaining);
            }

            Client.Received.Clear();
            return events;
        }

        private static string Text(int type, ReadOnlySpan<byte> path) => string.Create(CultureInfo.InvariantCulture, $"{(WatchEventType)type} {Encoding.UTF8.GetString(path)}");
    }

    private readonly record struct Told(EventPosition At, string Text);
}
