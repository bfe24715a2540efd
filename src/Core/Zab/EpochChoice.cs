using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Zab;

/// <summary>
/// Phase 1 on the leader: who has joined with which accepted epoch, and who has promised the new one. A promise is durable, so it counts even if
/// its sender is gone again; and it can not be given twice, so two leaders never get a quorum for the same epoch.
/// </summary>
internal sealed class EpochChoice(ConfigurationsInForce configurations, ServerId self, Epoch accepted)
{
    private readonly HashSet<ServerId> _joined = [self];
    private readonly HashSet<ServerId> _promised = [];
    private readonly HashSet<ServerId> _spent = [];
    private readonly int[] _joins = new int[ServerId.Max + 1];
    private Epoch _highest = accepted;

    /// <summary>The epoch chosen, or null.</summary>
    public Epoch? Chosen { get; private set; }

    /// <summary>A learner has joined.</summary>
    /// <returns>How often it has by now.</returns>
    public int Join(ServerId learner, Epoch acceptedByIt)
    {
        Consider(acceptedByIt);
        _joined.Add(learner);
        return ++_joins[learner.Value];
    }

    public void Consider(Epoch epoch) => _highest = epoch > _highest ? epoch : _highest;

    public void Promise(ServerId server) => _promised.Add(server);

    /// <summary>Chooses once a quorum has joined: above every epoch that any of them has promised before.</summary>
    public bool TryChoose(out Epoch epoch)
    {
        epoch = default;
        if (Chosen is not null || !configurations.IsQuorum(_joined))
        {
            return false;
        }

        Chosen = epoch = _highest.Next();
        return true;
    }

    /// <summary>
    /// A server had promised the chosen epoch before. Unless that was to this leader, and it has heard of it, the server's promise never counts.
    /// </summary>
    /// <returns>Whether a quorum may promise nevertheless.</returns>
    public bool IsPromiseStillPossible(ServerId server)
    {
        if (!_promised.Contains(server))
        {
            _spent.Add(server);
        }

        return configurations.IsQuorumWithout(_spent);
    }

    public bool IsPromisedByQuorum() => configurations.IsQuorum(_promised);
}
