using System.Text;
using GrainKeeper.Core.Election;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Simulation.Servers;

/// <summary>Makes the cores of one ensemble, all with the same configuration.</summary>
public sealed class ServerSetup
{
    private static readonly byte[] _secret = Encoding.ASCII.GetBytes("a secret of the simulated ensemble");

    private readonly SimulationProfile _profile;
    private readonly ReplicaOptions _options;

    /// <summary>Fixes the configuration.</summary>
    public ServerSetup(SimulationProfile profile)
    {
        _profile = profile;
        Configuration = new QuorumConfiguration(
            Zxid.Zero,
            Enumerable.Range(1, profile.Servers).Select(id => new Member(
                new ServerId(id),
                id <= profile.Participants ? MemberRole.Participant : MemberRole.Observer,
                id <= profile.Weights.Count ? profile.Weights[id - 1] : 1,
                profile.Groups > 0 && id <= profile.Participants ? id % profile.Groups : null)));
        _options = new ReplicaOptions
        {
            TickTime = profile.TickTime,
            Secret = _secret,
            SnapshotEvery = profile.SnapshotEvery,
            SnapshotSliceBytes = profile.SnapshotSlice,
            Zab = new ZabOptions
            {
                RecentTxns = profile.RecentTxns,
                MaxOutstanding = profile.MaxOutstanding,
                LastCounter = profile.LastCounter,
                MaxBatchBytes = profile.MaxBatchBytes,
                MaxDiffBytes = profile.MaxDiffBytes,
                SnapshotWindow = 2,
                InitTimeout = 5_000,
            },
        };
    }

    /// <summary>The ensemble.</summary>
    public QuorumConfiguration Configuration { get; }

    /// <summary>Makes an election core.</summary>
    public IElection MakeElection(ServerId id, int incarnation) => ElectionFactory.Create(
        _profile.ElectionAlgorithm,
        id,
        Configuration,
        new ElectionOptions { Secret = _secret, ResendMax = 2_000 },
        (incarnation * 1000) + id.Value);

    /// <summary>Makes a replica over what is on a disk.</summary>
    public IReplica MakeReplica(ServerId id, DiskImage image, int recent, int start, int seed, Func<bool> bareWorkload)
    {
        var history = Recovery.History(image, recent);
        var firstChannel = (long)start << 20;
        if (_profile.Bare)
        {
            var bare = new BareState();
            Recovery.Load(image, bare.BeginRestore, bare.Apply);
            return new BareReplica(id, Configuration, _options, history, bare, firstChannel, seed, bareWorkload);
        }

        var state = new ReplicaState();
        Recovery.Load(image, state.BeginRestore, state.Replay);
        return new WholeReplica(new ReplicaCore(id, Configuration, _options, history, state, firstChannel, seed), state);
    }
}
