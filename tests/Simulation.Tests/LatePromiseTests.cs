using GrainKeeper.Core;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Zab;
using GrainKeeper.Simulation.Servers;

namespace GrainKeeper.Simulation.Tests;

/// <summary>
/// Found by seed 1389: a leader that had started again heard the beginning of a channel of its earlier start, doubled and late, and took a follower's promise of
/// the epoch before for one of the new epoch. Fails when the leader takes an AckEpoch whatever epoch it promises.
/// </summary>
public sealed class LatePromiseTests
{
    private const long oldChannel = (1 << 8) | 2;
    private const long newChannel = (2 << 8) | 2;

    private readonly List<Effect> _effects = [];
    private readonly BareReplica _leader = new(
        new ServerId(1),
        new QuorumConfiguration(Zxid.Zero, Enumerable.Range(1, 3).Select(i => new Member(new ServerId(i), MemberRole.Participant))),
        new ReplicaOptions(),
        new RecoveredHistory(new Epoch(2), new Epoch(1), Zxid.Zero, Zxid.Zero, []),
        new BareState(),
        firstChannel: 1,
        seed: 1,
        () => false);

    [Fact]
    public void A_promise_to_an_earlier_start_of_the_leader_does_not_count()
    {
        Step(new ZabInput.Elected(new ServerId(1)));
        Hear(oldChannel, 0, new ZabMessage.FollowerInfo(new Epoch(1), false, Zxid.Zero));
        Step(new ZabInput.Persisted(_effects.OfType<ZabEffect.WriteAcceptedEpoch>().Single().Token));
        Assert.Equal(new Epoch(3), _leader.Status.AcceptedEpoch);

        Hear(oldChannel, 1, new ZabMessage.AckEpoch(new Epoch(1), Zxid.Zero, Zxid.Zero, true, Promised: new Epoch(2)));
        Assert.Equal(ZabPhase.Discovery, _leader.Status.Phase);

        Hear(newChannel, 0, new ZabMessage.FollowerInfo(new Epoch(2), false, Zxid.Zero));
        Hear(newChannel, 1, new ZabMessage.AckEpoch(new Epoch(1), Zxid.Zero, Zxid.Zero, true, Promised: new Epoch(3)));
        Assert.Equal(ZabPhase.Synchronization, _leader.Status.Phase);
    }

    private void Hear(long channel, long sequence, ZabMessage message) =>
        Step(new ZabInput.MessageReceived(new ServerId(2), new ZabEnvelope(channel, sequence, message)));

    private void Step(ZabInput input) => _leader.Step(new ReplicaInput.Zab(input), new Now(1_000, 0), _effects);
}
