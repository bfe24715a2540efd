using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Simulation.AtomicCommit;

namespace GrainKeeper.Simulation.Tests.AtomicCommit;

/// <summary>Worlds for tests of one schedule: nothing goes wrong but what the test does. The options are the product's defaults.</summary>
internal static class NamedSchedules
{
    public const long Minute = 60 * EventLoop.Second;

    public static CommitWorld World(CommitProtocol protocol, int participants = 3)
    {
        var world = new CommitWorld(
            new CommitProfile
            {
                Protocol = protocol,
                Participants = participants,
                Acceptors = protocol == CommitProtocol.PaxosCommit ? 3 : 0,
                Options = new CommitOptions(),
            },
            seed: 1);
        world.StartAll();
        return world;
    }

    public static TransactionId BeginAllYes(this CommitWorld world) =>
        world.Begin(Enumerable.Repeat(VoteKind.Yes, world.Participants.Count).ToArray())!.Value;

    public static CommitNode Node(this CommitWorld world, string participant) => world.NodeOf(CommitParty.Of(new ParticipantId(participant)));

    public static ParticipantMachine Participant(this CommitWorld world, string participant) =>
        world.Node(participant).Machines.OfType<ParticipantMachine>().Single();

    public static ParticipantState? StateOf(this CommitWorld world, string participant) =>
        world.Node(participant).Machines.OfType<ParticipantMachine>().SingleOrDefault()?.State;

    public static IEnumerable<ParticipantMachine> AllParticipants(this CommitWorld world) =>
        world.Participants.Select(p => world.Participant(p.Name));

    public static void Cut(this CommitWorld world, CommitNode[] one, CommitNode[] other)
    {
        foreach (var a in one)
        {
            foreach (var b in other)
            {
                world.Network.Block(a.Number, b.Number);
                world.Network.Block(b.Number, a.Number);
            }
        }
    }
}
