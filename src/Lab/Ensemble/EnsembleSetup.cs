using System.Text;
using GrainKeeper.Core.Election;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Zab;
using GrainKeeper.Lab.Disk;

namespace GrainKeeper.Lab.Ensemble;

/// <summary>Makes the cores of a scenario's ensemble.</summary>
internal sealed class EnsembleSetup
{
    private static readonly byte[] Secret = Encoding.ASCII.GetBytes("a secret of the laboratory");

    private readonly int _algorithm;
    private readonly ReplicaOptions _options;

    internal EnsembleSetup(int servers, int observers, int algorithm, bool readOnlyMode)
    {
        _algorithm = algorithm;
        Configuration = new QuorumConfiguration(
            Zxid.Zero,
            Enumerable.Range(1, servers + observers).Select(id => new Member(new ServerId(id), id <= servers ? MemberRole.Participant : MemberRole.Observer)));
        _options = new ReplicaOptions
        {
            Secret = Secret,
            ReadOnlyMode = readOnlyMode,
            Zab = new ZabOptions { HeartbeatInterval = 500, SyncTimeout = 2_000, InitTimeout = 5_000 },
        };
    }

    internal QuorumConfiguration Configuration { get; }

    internal IElection MakeElection(ServerId id, int incarnation) => ElectionFactory.Create(
        _algorithm, id, Configuration, new ElectionOptions { Secret = Secret, ResendMin = 500, ResendMax = 8_000 }, (incarnation * 1_000) + id.Value);

    internal (ReplicaCore Core, ReplicaState State) MakeReplica(ServerId id, DiskImage image, int start)
    {
        var state = new ReplicaState();
        Recovery.Load(image, state.BeginRestore, state.Replay);
        return (new ReplicaCore(id, Configuration, _options, Recovery.History(image, image.Log.Count), state, (long)start << 20, start), state);
    }
}
