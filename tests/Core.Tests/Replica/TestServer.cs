using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Replica.Commits;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Core.Tests.Replica;

/// <summary>A replica with a disk of lists: tokens are confirmed at once, or when the test says so.</summary>
internal sealed class TestServer
{
    private readonly List<Txn> _log = [];
    private readonly Queue<ReplicaInput> _inputs = new();
    private long _token;
    private int _starts;

    public TestServer(TestEnsemble ensemble, ServerId id)
    {
        Ensemble = ensemble;
        Id = id;
        State = new ReplicaState();
        Committed = ensemble.Configuration;
        Core = Build(ensemble.Options);
    }

    public TestEnsemble Ensemble { get; }

    public ServerId Id { get; }

    public ReplicaCore Core { get; private set; }

    /// <summary>The ZAB core within the replica.</summary>
    public ZabPeer Peer => Core.Peer;

    public ReplicaState State { get; private set; }

    public Dictionary<ConnectionId, TestClient> Clients { get; } = [];

    /// <summary>Whether the disk answers.</summary>
    public bool DiskAnswers { get; set; } = true;

    /// <summary>Whether its host says that more inputs follow.</summary>
    public bool MoreFollows { get; set; }

    public List<ReplicaEffect.SnapshotChunk> Chunks { get; } = [];

    public IReadOnlyList<ListedTree>? Trees { get; private set; }

    /// <summary>What the audit log got.</summary>
    public List<string> Audit { get; } = [];

    public List<ReplicaEffect.SoftQuotaExceeded> QuotaWarnings { get; } = [];

    /// <summary>What a host of atomic commit heard.</summary>
    public List<CommitNews> CommitNews { get; } = [];

    public IReadOnlyList<Txn> Log => _log;

    /// <summary>The zxid up to which the log has been purged.</summary>
    public Zxid OldestInLog { get; set; }

    /// <summary>How often its log was written to.</summary>
    public int Appends { get; private set; }

    public List<ZabEffect.RoleChanged> Roles { get; } = [];

    /// <summary>Peers that this server calls faulty.</summary>
    public List<string> Faults { get; } = [];

    /// <summary>The last reconfiguration that its host was told of, as its file would keep it; the ensemble's first configuration before.</summary>
    public QuorumConfiguration Committed { get; set; }

    public bool IsDown { get; set; }

    public void Step(ReplicaInput input)
    {
        Assert.False(IsDown);
        var effects = new List<Effect>();
        Core.Step(input, Ensemble.Now, effects, MoreFollows);
        foreach (var effect in effects)
        {
            CarryOut(effect);
        }
    }

    /// <summary>Confirms what the disk has done so far.</summary>
    public void Confirm()
    {
        if (_token > 0)
        {
            var token = _token;
            _token = 0;
            Step(new ReplicaInput.Zab(new ZabInput.Persisted(token)));
        }
    }

    /// <summary>Handles one waiting input.</summary>
    public bool RunOne()
    {
        if (IsDown)
        {
            _inputs.Clear();
            return false;
        }

        if (_inputs.TryDequeue(out var input))
        {
            Step(input);
            return true;
        }

        if (DiskAnswers && _token > 0)
        {
            Confirm();
            return true;
        }

        return false;
    }

    public void Post(ReplicaInput input) => _inputs.Enqueue(input);

    /// <summary>The process ends and begins again with what was logged.</summary>
    public void Restart()
    {
        _inputs.Clear();
        _token = 0;
        Clients.Clear();
        State = new ReplicaState();
        foreach (var txn in _log)
        {
            State.Replay(txn);
        }

        IsDown = false;
        Core = Build(Ensemble.Options);
    }

    public override string ToString() => $"server {Id}";

    private ReplicaCore Build(ReplicaOptions options)
    {
        _starts++;
        var last = _log.Count > 0 ? _log[^1].Zxid : Zxid.Zero;
        var history = new RecoveredHistory(_accepted, _current, last, Zxid.Zero, [.. _log]);
        return new ReplicaCore(Id, Committed, options, history, State, (long)_starts << 20, seed: Id.Value);
    }

    private Epoch _accepted;
    private Epoch _current;

    private void CarryOut(Effect effect)
    {
        switch (effect)
        {
            case ZabEffect.Send send:
                Ensemble.Send(Id, send.To, send.Envelope);
                break;
            case ZabEffect.Append append:
                Appends++;
                _log.AddRange(append.Txns);
                _token = append.Token;
                break;
            case ZabEffect.TruncateLog cut:
                _log.RemoveAll(t => t.Zxid > cut.KeepUpTo);
                _token = cut.Token;
                break;
            case ZabEffect.WriteAcceptedEpoch accepted:
                _accepted = accepted.Epoch;
                _token = accepted.Token;
                break;
            case ZabEffect.WriteCurrentEpoch current:
                _current = current.Epoch;
                _token = current.Token;
                break;
            case ZabEffect.CommitSnapshotInstall install:
                _log.Clear();
                _token = install.Token;
                break;
            case ZabEffect.BeginSnapshotInstall or ZabEffect.SnapshotInstallChunk or ZabEffect.AbandonSnapshotInstall:
                break;
            case ZabEffect.ReadLog read:
                Post(new ReplicaInput.Zab(new ZabInput.LogRead(
                    read.RequestId, read.After < OldestInLog ? null : [.. _log.Where(t => t.Zxid > read.After && t.Zxid <= read.UpTo)])));
                break;
            case ZabEffect.PeerAtFault fault:
                Faults.Add($"{fault.Peer}: {fault.Problem}");
                break;
            case ZabEffect.RoleChanged role:
                Roles.Add(role);
                break;
            case ZabEffect.Restart:
                foreach (var client in Clients.Values)
                {
                    Assert.NotNull(client.ClosedFor);
                }

                Restart();
                break;
            case ReplicaEffect.SendToClient send:
                if (Clients.TryGetValue(send.Connection, out var receiver))
                {
                    receiver.Deliver(send.Bytes);
                }

                break;
            case ReplicaEffect.CloseConnection close:
                Clients[close.Connection].Close(close.Reason);
                break;
            case ReplicaEffect.PauseReading pause:
                Clients[pause.Connection].Pause(pause.Paused);
                break;
            case ReplicaEffect.SnapshotChunk chunk:
                Chunks.Add(chunk with { Data = chunk.Data.ToArray() });
                break;
            case ReplicaEffect.Audited audited:
                Audit.Add(audited.Entry.ToString());
                break;
            case ReplicaEffect.SoftQuotaExceeded exceeded:
                QuotaWarnings.Add(exceeded);
                break;
            case ReplicaEffect.Reconfigured reconfigured:
                Committed = reconfigured.Membership.Quorum;
                break;
            case ReplicaEffect.Commit commit:
                CommitNews.Add(commit.News);
                break;
            case ReplicaEffect.TreesListed listed:
                Trees = listed.Trees;
                break;
            default:
                Assert.Fail($"unknown effect {effect}");
                break;
        }
    }
}
