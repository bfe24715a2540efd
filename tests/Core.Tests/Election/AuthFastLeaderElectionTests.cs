using System.Buffers;
using GrainKeeper.Core.Election;
using GrainKeeper.Core.Election.Authenticated;
using GrainKeeper.Core.Election.Fast;
using GrainKeeper.Core.Quorum;
using static GrainKeeper.Core.Tests.Election.ElectionProbe;

namespace GrainKeeper.Core.Tests.Election;

public sealed class AuthFastLeaderElectionTests
{
    private static readonly QuorumConfiguration Three = ElectionNetwork.Ensemble(3);
    private static readonly ElectionOptions Options = new() { Secret = "the ensemble's secret"u8.ToArray() };

    [Fact]
    public void A_secret_that_is_missing_or_short_is_refused_with_the_remedy()
    {
        var error = Assert.Throws<ArgumentException>(() => Probe(1, new ElectionOptions { Secret = new byte[15] }));
        Assert.Contains("at least 16 bytes", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", Options.ToString().Replace("Secret = ", string.Empty, StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void A_first_notification_is_challenged_and_counts_once_it_is_signed_for_the_challenge()
    {
        var (one, two) = (Probe(1).Look(), Probe(2).Look());
        var hello = Assert.IsType<SignedNotification>(two.Sent[0].Message);
        Assert.Equal(hello.Notification, new FastNotification(VoteFor(2), 1, ElectionState.Looking));

        one.Hear(2, hello);
        Assert.Equal(VoteFor(1), one.Election.CurrentVote);
        var challenge = Assert.IsType<Challenge>(Assert.Single(one.Sent).Message);

        two.Hear(1, challenge);
        one.Hear(2, Assert.Single(two.Sent).Message);
        Assert.Equal(VoteFor(2), one.Election.CurrentVote);
        Assert.Equal(new ElectionCounters() with { Unchallenged = 1 }, one.Election.Counters);
    }

    [Fact]
    public void An_unsigned_notification_is_counted_and_ignored()
    {
        var one = Probe(1).Look();
        Assert.Empty(one.Hear(2, VoteFor(3, 9, 9), 7).Sent);
        Assert.Equal((1L, VoteFor(1)), (one.Election.Round, one.Election.CurrentVote));
        Assert.Equal(new ElectionCounters() with { Unsigned = 1 }, one.Election.Counters);
    }

    [Fact]
    public void A_server_with_another_secret_is_not_heard()
    {
        var (one, two) = (Probe(1).Look(), Probe(2, Options with { Secret = "some other secret"u8.ToArray() }).Look());
        Assert.Empty(one.Hear(2, two.Sent[0].Message).Sent);
        Assert.Equal(new ElectionCounters() with { Forged = 1 }, one.Election.Counters);
    }

    [Fact]
    public void Every_changed_byte_is_noticed()
    {
        var (one, two) = Acquainted(1, 2);
        var genuine = Encode(NextOf(two, 1));
        for (var i = 0; i < genuine.Length; i++)
        {
            var bytes = (byte[])genuine.Clone();
            bytes[i] ^= 1;
            var before = one.Election.Counters;
            try
            {
                Assert.Empty(one.Hear(2, ElectionMessageCodec.Decode(bytes)).Sent);
            }
            catch (FormatException)
            {
                continue;
            }

            Assert.Equal(before.Forged + 1, one.Election.Counters.Forged);
        }
    }

    [Fact]
    public void A_message_to_or_from_another_server_is_forged()
    {
        var (one, two) = Acquainted(1, 2);
        var genuine = NextOf(two, 1);
        one.Hear(3, genuine);
        var three = Probe(3).Look();
        three.Hear(2, genuine);
        Assert.Equal((1L, 1L), (one.Election.Counters.Forged, three.Election.Counters.Forged));
    }

    [Fact]
    public void A_replayed_notification_is_counted_and_ignored()
    {
        var (one, two) = Acquainted(1, 2);
        var first = NextOf(two, 1);
        var second = NextOf(two, 1);
        one.Hear(2, second);
        var before = one.Election.Counters;

        Assert.Empty(one.Hear(2, second).Sent);
        Assert.Empty(one.Hear(2, first).Sent);

        Assert.Equal(before with { Replayed = before.Replayed + 2 }, one.Election.Counters);
    }

    [Fact]
    public void A_notification_recorded_in_an_earlier_life_of_the_receiver_is_ignored_in_its_next()
    {
        var (_, two) = Acquainted(1, 2);
        var recorded = NextOf(two, 1);

        var reborn = Probe(1, seed: 99).Look();
        reborn.Hear(2, recorded);

        Assert.Equal(VoteFor(1), reborn.Election.CurrentVote);
        Assert.Equal(1, reborn.Election.Counters.Replayed);
        Assert.IsType<Challenge>(Assert.Single(reborn.Sent).Message);
    }

    [Fact]
    public void A_notification_recorded_in_an_earlier_life_of_the_sender_is_ignored_once_its_next_life_was_heard()
    {
        var (one, two) = Acquainted(1, 2);
        var recorded = NextOf(two, 1);
        var reborn = Probe(2, seed: 99).Look(zxid: 5);
        Introduce(one, 1, reborn, 2);
        Assert.Equal(VoteFor(2, 5), one.Election.CurrentVote);
        var before = one.Election.Counters;

        one.Hear(2, recorded);

        Assert.Equal(before with { Replayed = before.Replayed + 1 }, one.Election.Counters);

        // The living sender is heard as before.
        one.Hear(2, NextOf(reborn, 1));
        Assert.Equal(before with { Replayed = before.Replayed + 1 }, one.Election.Counters);
    }

    [Fact]
    public void A_challenge_for_an_earlier_life_or_without_the_secret_is_ignored()
    {
        var (one, two) = (Probe(1).Look(), Probe(2).Look());
        one.Hear(2, two.Sent[0].Message);
        var challenge = Assert.IsType<Challenge>(Assert.Single(one.Sent).Message);

        var reborn = Probe(2, seed: 99).Look();
        Assert.Empty(reborn.Hear(1, challenge).Sent);
        Assert.Empty(reborn.Hear(1, challenge with { Mac = new byte[32] }).Sent);
        Assert.Equal(new ElectionCounters() with { Replayed = 1, Forged = 1 }, reborn.Election.Counters);
    }

    [Fact]
    public void A_forger_on_the_network_does_not_decide_who_leads()
    {
        var network = new ElectionNetwork(2, ElectionNetwork.Ensemble(3), seed: 1);
        var recorded = new List<ElectionMessage>();
        network.Interceptor = (_, _, message) =>
        {
            recorded.Add(message);
            return message;
        };
        for (var id = 1; id <= 3; id++)
        {
            network.Start(id);
        }

        for (var i = 0; i < 200; i++)
        {
            foreach (var server in network.Running.ToList())
            {
                var from = new ServerId((server.Id.Value % 3) + 1);
                network.Step(server, new ElectionInput.MessageReceived(from, new FastNotification(VoteFor(1, 99, 99), 40, ElectionState.Looking)));
                network.Step(server, new ElectionInput.MessageReceived(from, recorded[i % recorded.Count]));
            }

            network.RunFor(5);
        }

        Assert.Equal(new ServerId(3), network.AgreedLeader());
        Assert.All(network.Running, server => Assert.Equal((new ServerId(3), 1L), Assert.Single(server.Elections)));
        Assert.All(network.Running, server => Assert.Equal(200, server.Election!.Counters.Unsigned));
    }

    private static ElectionProbe Probe(int self, ElectionOptions? options = null, int seed = 1) => new(self, Three, algorithm: 2, options ?? Options, seed);

    private static (ElectionProbe, ElectionProbe) Acquainted(int one, int two)
    {
        var (first, second) = (Probe(one).Look(), Probe(two).Look());
        Introduce(first, one, second, two);
        return (first, second);
    }

    /// <summary>Plays their messages to each other until nothing is left to say.</summary>
    private static void Introduce(ElectionProbe one, int first, ElectionProbe two, int second)
    {
        var toOne = new Queue<ElectionMessage>(two.Give(new ElectionInput.PeerConnected(new ServerId(first))).Sent.Select(s => s.Message));
        var toTwo = new Queue<ElectionMessage>(one.Give(new ElectionInput.PeerConnected(new ServerId(second))).Sent.Select(s => s.Message));
        while (toOne.Count + toTwo.Count > 0)
        {
            if (toOne.TryDequeue(out var message))
            {
                Collect(one.Hear(second, message), second, toTwo);
            }

            if (toTwo.TryDequeue(out message))
            {
                Collect(two.Hear(first, message), first, toOne);
            }
        }
    }

    private static void Collect(ElectionProbe sender, int to, Queue<ElectionMessage> queue)
    {
        foreach (var sent in sender.Sent.Where(s => s.To == to))
        {
            queue.Enqueue(sent.Message);
        }
    }

    private static ElectionMessage NextOf(ElectionProbe sender, int to) =>
        Assert.Single(sender.Give(new ElectionInput.PeerConnected(new ServerId(to))).Sent).Message;

    private static byte[] Encode(ElectionMessage message)
    {
        var output = new ArrayBufferWriter<byte>();
        ElectionMessageCodec.Encode(output, message);
        return output.WrittenSpan.ToArray();
    }
}
