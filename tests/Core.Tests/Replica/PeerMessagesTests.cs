using System.Net;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Requests;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Core.Tests.Replica;

public class PeerMessagesTests
{
    private static readonly Credentials Who = Credentials.OfAddress(IPAddress.Parse("10.0.0.1"));

    [Fact]
    public void A_batch_of_requests_arrives_as_it_was_sent()
    {
        var buffer = new ByteBuffer();
        var sent = new List<WriteRequest>
        {
            new(long.MinValue, int.MinValue, OpCode.CloseSession, Credentials.None, default),
            new(7, -1, OpCode.Create, Who, Frames.Create("/a")),
            new(long.MaxValue, int.MaxValue, OpCode.Multi, Who, new byte[70_000]),
            new(8, 0, OpCode.CreateSession, Who, new byte[] { 0, 0, 16, 0 }),
        };
        sent.ForEach(r => PeerMessages.WriteRequest(buffer, r));
        var message = buffer.Written.ToArray();
        Assert.Equal((byte)PeerMessageKind.Requests, message[0]);
        var cache = new CredentialsCache(seed: 3);
        var position = 1;
        foreach (var request in sent)
        {
            var read = PeerMessages.ReadRequest(message, ref position, cache);
            Assert.Equal((request.SessionId, request.Cxid, request.Type), (read.SessionId, read.Cxid, read.Type));
            Assert.Equal(request.Who.Identities.ToArray(), read.Who.Identities.ToArray());
            Assert.Equal(request.Body.ToArray(), read.Body.ToArray());
        }

        Assert.Equal(message.Length, position);
    }

    [Fact]
    public void A_request_cut_anywhere_is_refused()
    {
        var buffer = new ByteBuffer();
        PeerMessages.WriteRequest(buffer, new WriteRequest(7, 1, OpCode.Create, Who, Frames.Create("/a")));
        var message = buffer.Written.ToArray();
        for (var length = 2; length < message.Length; length++)
        {
            Assert.Throws<FormatException>(() =>
            {
                var position = 1;
                PeerMessages.ReadRequest(message.AsMemory(0, length), ref position, new CredentialsCache(1));
            });
        }
    }

    [Fact]
    public void Outcomes_arrive_as_they_were_sent()
    {
        var buffer = new ByteBuffer();
        var last = new Zxid(99);
        Outcome[] sent =
        [
            Outcome.After(Zxid.Zero, ErrorCode.Ok),
            Outcome.Of(Zxid.Of(new Epoch(7), 1)),
            Outcome.Of(Zxid.Of(new Epoch(7), 2)),
            Outcome.After(Zxid.Of(new Epoch(7), 2), ErrorCode.SessionMoved),
            Outcome.Waiting(Zxid.Of(new Epoch(7), 2)),
            Outcome.Of(Zxid.Of(new Epoch(7), 3)) with { Number = 1 },
            Outcome.After(Zxid.Of(new Epoch(7), 3), ErrorCode.SessionMoved) with { Number = 300 },
            Outcome.Of(Zxid.Of(new Epoch(7), 4_000_000_000)),
        ];
        foreach (var outcome in sent)
        {
            PeerMessages.WriteOutcome(buffer, outcome, ref last);
        }

        var reader = new CompactReader(buffer.Written[1..]);
        last = Zxid.Zero;
        foreach (var outcome in sent)
        {
            Assert.Equal(outcome, PeerMessages.ReadOutcome(ref reader, ref last));
        }

        Assert.Equal(0, reader.Remaining);
    }
}
