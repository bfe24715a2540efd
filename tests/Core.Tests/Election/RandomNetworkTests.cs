using GrainKeeper.Core.Election;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Tests.Election;

/// <summary>Seeded runs under loss, delay, duplication, reordering, crashes and partitions. A failure names the seed, which replays it.</summary>
public sealed class RandomNetworkTests
{
    [Theory]
    [InlineData(0, 200)]
    [InlineData(2, 200)]
    [InlineData(3, 400)]
    public void After_any_turmoil_all_servers_agree_on_one_leader_for_good(int algorithm, int seeds)
    {
        for (var seed = 1; seed <= seeds; seed++)
        {
            var random = new Random(seed);
            var servers = 3 + random.Next(3);
            var configuration = ElectionNetwork.Ensemble(servers, observers: random.Next(2));
            var network = new ElectionNetwork(algorithm, configuration, seed, NetworkFaults.Wild);
            Disturb(network, random, configuration);

            network.Faults = NetworkFaults.None;
            network.HealAll();
            foreach (var member in configuration.Members.Where(m => !network[m.Id.Value].Up))
            {
                network.Start(member.Id.Value);
            }

            Assert.True(network.RunUntil(() => network.AgreedLeader() is not null, 130_000), $"electionAlg {algorithm}, seed {seed}: no agreement");
            var leader = network.AgreedLeader();
            network.RunFor(5_000);
            Assert.True(leader == network.AgreedLeader(), $"electionAlg {algorithm}, seed {seed}: leader {leader} did not last");
        }
    }

    [Theory]
    [InlineData(2, 200)]
    [InlineData(3, 400)]
    public void No_two_servers_lead_with_a_quorum_of_the_same_round(int algorithm, int seeds)
    {
        for (var seed = 1; seed <= seeds; seed++)
        {
            // Without crashes: a server that restarts has forgotten its rounds, and ZAB's epochs keep order then.
            var network = new ElectionNetwork(algorithm, ElectionNetwork.Ensemble(3 + (seed % 3)), seed, NetworkFaults.Wild);
            var random = new Random(seed);
            Disturb(network, random, network.Configuration, crashes: false);

            foreach (var round in network.Running.SelectMany(s => s.Elections).Select(e => e.Round).Distinct())
            {
                var leaders = network.Configuration.Participants
                    .Where(leader => network.Configuration.IsQuorum([.. network.Running.Where(s => s.Elections.Contains((leader, round))).Select(s => s.Id)]))
                    .ToList();
                Assert.True(leaders.Count <= 1, $"electionAlg {algorithm}, seed {seed}: round {round} has the leaders {string.Join(", ", leaders)}");
            }
        }
    }

    [Theory]
    [InlineData(2, 150)]
    [InlineData(3, 300)]
    public void When_no_message_takes_longer_than_the_finalize_wait_the_best_server_leads_in_the_first_round(int algorithm, int seeds)
    {
        for (var seed = 1; seed <= seeds; seed++)
        {
            var random = new Random(seed);
            var servers = 3 + random.Next(3);
            var network = new ElectionNetwork(algorithm, ElectionNetwork.Ensemble(servers), seed, new NetworkFaults(0, 10, 0, 0.2, Reorders: true));
            var votes = new List<Vote>();
            foreach (var id in network.Configuration.Participants)
            {
                var vote = new Vote(id, new Zxid(random.Next(3)), new Epoch(random.Next(2)));
                votes.Add(vote);
                network.Start(id.Value, vote.LastZxid, vote.PeerEpoch);
            }

            Assert.True(network.RunUntil(() => network.AgreedLeader() is not null, 5_000), $"electionAlg {algorithm}, seed {seed}");
            Assert.True(votes.Max().Leader == network.AgreedLeader(), $"electionAlg {algorithm}, seed {seed}: {network.AgreedLeader()} leads");
            Assert.All(network.Running, server => Assert.Equal((votes.Max().Leader, 1L), Assert.Single(server.Elections)));
        }
    }

    [Fact]
    public void A_seed_replays_exactly()
    {
        static string Run()
        {
            var network = new ElectionNetwork(2, ElectionNetwork.Ensemble(5), seed: 11, NetworkFaults.Wild);
            Disturb(network, new Random(11), network.Configuration);
            return string.Join(';', network.Running.Select(s => $"{s.Id}:{s.State}:{s.Election!.CurrentVote}:{string.Join(',', s.Elections)}")) + network.MessagesSent;
        }

        Assert.Equal(Run(), Run());
    }

    private static void Disturb(ElectionNetwork network, Random random, QuorumConfiguration configuration, bool crashes = true)
    {
        var ids = configuration.Members.Select(m => m.Id.Value).ToArray();
        foreach (var id in ids)
        {
            network.Start(id, new Zxid(random.Next(4)), new Epoch(random.Next(2)));
            network.RunFor(random.Next(100));
        }

        for (var act = 0; act < 12; act++)
        {
            var id = ids[random.Next(ids.Length)];
            switch (random.Next(4))
            {
                case 0 when crashes && network[id].Up:
                    network.Crash(id);
                    break;
                case 0 or 1 when !network[id].Up:
                    network.Start(id);
                    break;
                case 2:
                    network.Isolate([.. ids.Where(_ => random.Next(2) == 0)]);
                    break;
                default:
                    network.HealAll();
                    break;
            }

            network.RunFor(random.Next(600));
        }
    }
}
