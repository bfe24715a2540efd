using GrainKeeper.Core.Election;
using GrainKeeper.Core.Election.Fast;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Tests.Election;

/// <summary>One election, to which a test plays all the peers.</summary>
internal sealed class ElectionProbe
{
    private readonly List<Effect> _effects = [];
    private long _time;

    internal long Time => _time;

    internal ElectionProbe(int self, QuorumConfiguration configuration, int algorithm = 3, ElectionOptions? options = null, int seed = 1) =>
        Election = ElectionFactory.Create(algorithm, new ServerId(self), configuration, options ?? new ElectionOptions(), seed);

    internal IElection Election { get; }

    internal static Vote VoteFor(int leader, long zxid = 0, int epoch = 0) => new(new ServerId(leader), new Zxid(zxid), new Epoch(epoch));

    internal IReadOnlyList<(int To, ElectionMessage Message)> Sent =>
        [.. _effects.OfType<ElectionEffect.Send>().Select(s => (s.To.Value, s.Message))];

    internal (int Leader, long Round)? Elected =>
        _effects.OfType<ElectionEffect.Elected>().Select(e => ((int, long)?)(e.Leader.Value, e.Round)).SingleOrDefault();

    /// <summary>Gives an input; <see cref="Sent"/> and <see cref="Elected"/> then tell what came of it.</summary>
    internal ElectionProbe Give(ElectionInput input)
    {
        _effects.Clear();
        Election.Step(input, new Now(_time, _time), _effects);
        return this;
    }

    internal ElectionProbe Look(long zxid = 0, int epoch = 0) => Give(new ElectionInput.StartLooking(new Zxid(zxid), new Epoch(epoch)));

    internal ElectionProbe Hear(int from, ElectionMessage message) => Give(new ElectionInput.MessageReceived(new ServerId(from), message));

    internal ElectionProbe Hear(int from, Vote vote, long round, ElectionState state = ElectionState.Looking) =>
        Hear(from, new FastNotification(vote, round, state));

    internal ElectionProbe Wait(long ms)
    {
        _time += ms;
        return Give(new ElectionInput.Tick());
    }
}
