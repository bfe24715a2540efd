using System.Text;
using GrainKeeper.Core;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Zab;
using Microsoft.Extensions.Logging;

namespace GrainKeeper.Grains.Replicas;

/// <content>Carries out the core's effects.</content>
internal sealed partial class ReplicaHost
{
    private ZabRole _role;
    private ZabPhase _phase;
    private IReadOnlyList<ListedTree>? _trees;

    private void Execute(Effect effect)
    {
        var loaded = _loaded!;
        switch (effect)
        {
            case ZabEffect.Send send:
                _links!.Send(send.To, send.Envelope);
                break;
            case ZabEffect.Append append:
                _gauge.Appended(append.Token, append.Txns.Count, _role == ZabRole.Leading);
                loaded.Storage.Execute(append);
                break;
            case ZabEffect.TruncateLog or ZabEffect.WriteAcceptedEpoch or ZabEffect.WriteCurrentEpoch or ZabEffect.BeginSnapshotInstall
                or ZabEffect.SnapshotInstallChunk or ZabEffect.CommitSnapshotInstall or ZabEffect.AbandonSnapshotInstall:
                loaded.Storage.Execute((ZabEffect)effect);
                break;
            case ZabEffect.ReadLog read:
                _ = ReadLogAsync(read, _generation);
                break;
            case ZabEffect.Restart restart:
                _restartReason = restart.Reason;
                break;
            case ZabEffect.PeerAtFault fault:
                GrainKeeperMetrics.PeerAtFault(_context.Tree);
                _logger.LogError(
                    "Tree {Tree}: closed the channel to server {Peer}, which is at fault: {Problem}. Run the same version on every server",
                    _context.Tree,
                    fault.Peer,
                    fault.Problem);
                break;
            case ZabEffect.RoleChanged change:
                Become(change);
                break;
            case ReplicaEffect.SendToClient send:
                if (_connections.Write(send.Connection, send.Bytes.Span) is { } slow)
                {
                    Queue.Add(new ReplicaInput.ConnectionClosed(slow.Id));
                }

                break;
            case ReplicaEffect.CloseConnection close:
                _connections.Close(close.Connection, close.Reason);
                break;
            case ReplicaEffect.PauseReading pause:
                _connections.Pause(pause.Connection, pause.Paused);
                break;
            case ReplicaEffect.SnapshotChunk chunk:
                _snapshot!.Write(chunk);
                break;
            case ReplicaEffect.Reconfigured reconfigured:
                _logger.LogInformation("Tree {Tree}: configuration {Version} is in force:\n{Servers}", _context.Tree, reconfigured.Membership.Quorum.Version, Encoding.UTF8.GetString(reconfigured.Membership.Text.Span));
                _context.Ensemble.Learn(reconfigured.Membership);
                break;
            case ReplicaEffect.Audited audited:
                _audit.LogInformation("{Entry}", audited.Entry);
                break;
            case ReplicaEffect.SoftQuotaExceeded exceeded:
                // ZooKeeper's words, for those who look for them in logs.
                _logger.LogWarning(
                    "Tree {Tree}: Quota exceeded: {Path} [current {Kind}={Used}, soft{Limited}Limit={Limit}]. Nothing was refused; raise the limit (setquota) or delete nodes",
                    _context.Tree,
                    exceeded.Path,
                    exceeded.IsBytes ? "bytes" : "count",
                    exceeded.Used,
                    exceeded.IsBytes ? "Byte" : "Count",
                    exceeded.Limit);
                break;
            case ReplicaEffect.Commit commit:
                Commits.Hear(commit.News);
                break;
            case ReplicaEffect.TreesListed listed:
                _trees = listed.Trees;
                _treesListed(_trees, _phase == ZabPhase.Broadcast);
                break;
            default:
                throw new InvariantViolationException($"unknown effect {effect.GetType().Name} of a replica");
        }
    }

    private void Become(ZabEffect.RoleChanged change)
    {
        _role = change.Role;
        _phase = change.Phase;
        _leader = change.Phase == ZabPhase.Broadcast ? change.Leader?.Value ?? 0 : 0;
        _logger.LogInformation(
            "Tree {Tree}: server {Self} is {Role} in {Phase}, leader {Leader}, epoch {Epoch}, last zxid {LastLogged}: {Reason}",
            _context.Tree,
            _context.Self,
            change.Role,
            change.Phase,
            change.Leader,
            change.CurrentEpoch,
            change.LastLogged,
            change.Reason);
        if (change.Role == ZabRole.Looking)
        {
            Look(change.LastLogged, change.CurrentEpoch);
        }
        else if (change.Phase == ZabPhase.Broadcast)
        {
            _election.EpochEstablished(change.CurrentEpoch);
            if (_trees is not null)
            {
                _treesListed(_trees, true);
            }
        }
    }

    private async Task ReadLogAsync(ZabEffect.ReadLog read, int generation)
    {
        try
        {
            var txns = await _loaded!.Storage.ReadLogAsync(read.After, read.UpTo, read.MaxBytes);
            Queue.Add(new ReplicaNews.LogRead(read.RequestId, txns, generation));
        }
        catch (Exception error)
        {
            Queue.Add(new ReplicaNews.Failed(error, generation));
        }
    }
}
