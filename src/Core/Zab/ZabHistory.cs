using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Zab;

/// <summary>
/// What survives a change of role: the log's end and how far it is durable, committed and applied, the epochs, and the configurations in force.
/// The only place that emits disk effects and delivers to the application, so that memory and log can not part ways.
/// </summary>
internal sealed class ZabHistory
{
    private readonly ZabOptions _options;
    private readonly IZabApplication _application;
    private readonly DiskQueue _disk;

    public ZabHistory(QuorumConfiguration configuration, ZabOptions options, RecoveredHistory recovered, IZabApplication application)
    {
        Check(recovered, application);
        _options = options;
        _application = application;
        _disk = new DiskQueue(recovered.LastLogged);
        AcceptedEpoch = recovered.AcceptedEpoch;
        CurrentEpoch = recovered.CurrentEpoch;
        OldestLogged = recovered.OldestLogged;
        Configurations = new ConfigurationsInForce(configuration);
        Window = new TxnWindow(recovered.LastLogged);
        if (recovered.Recent.Count > 0)
        {
            Fill(recovered.Recent);
        }

        Configurations.Recover(application.Configuration);
    }

    public Epoch AcceptedEpoch { get; private set; }

    public Epoch CurrentEpoch { get; private set; }

    public Zxid LastLogged => Window.Last;

    public Zxid LastCommitted { get; private set; }

    public Zxid LastApplied => _application.LastApplied;

    public Zxid LastDurable => _disk.Durable;

    /// <summary>The lowest zxid that the log can be read after and cut back to. The disk may have been purged further since it was told.</summary>
    public Zxid OldestLogged { get; private set; }

    public long LastToken => _disk.LastIssued;

    public TxnWindow Window { get; }

    public ConfigurationsInForce Configurations { get; }

    public int UncommittedCount => Window.Count - Window.IndexAfter(LastCommitted);

    public bool IsDurable(long token) => _disk.Persisted >= token;

    public bool IsDiskIdle => _disk.IsDrained;

    public void Confirm(long token) => _disk.Confirm(token);

    /// <summary>Whether transactions may follow the log, and if not, why.</summary>
    public string? Refusal(IReadOnlyList<Txn> txns)
    {
        var last = LastLogged;
        for (var i = 0; i < txns.Count; i++)
        {
            var txn = txns[i];
            if (!last.IsDirectlyBefore(txn.Zxid))
            {
                return $"gap: {txn.Zxid} does not directly follow {last}";
            }

            if (txn.Zxid.Epoch > AcceptedEpoch)
            {
                return $"{txn.Zxid} is of a later epoch than the accepted one, {AcceptedEpoch}";
            }

            if (txn.Kind == TxnKind.Reconfiguration)
            {
                try
                {
                    ConfigurationsInForce.Read(txn);
                }
                catch (FormatException e)
                {
                    return $"{txn.Zxid} holds no configuration: {e.Message}";
                }
            }

            last = txn.Zxid;
        }

        return null;
    }

    public void Append(IReadOnlyList<Txn> txns, List<Effect> effects)
    {
        for (var i = 0; i < txns.Count; i++)
        {
            var previous = LastLogged;
            Invariant.That(previous.IsDirectlyBefore(txns[i].Zxid), $"{txns[i].Zxid} would leave a gap in the log after {previous}");
            Window.Add(txns[i]);
            Configurations.Logged(txns[i], previous);
        }

        effects.Add(new ZabEffect.Append(txns, _disk.Issue(LastLogged)));
    }

    /// <summary>Cuts the log.</summary>
    /// <returns>Whether the application has applied what is cut: then only a restart brings it back in line.</returns>
    public bool Truncate(Zxid keepUpTo, List<Effect> effects)
    {
        Invariant.That(keepUpTo >= LastCommitted, $"cutting the log after {keepUpTo} would lose transactions committed up to {LastCommitted}");
        Invariant.That(keepUpTo >= OldestLogged, $"the log begins after {OldestLogged} and cannot be cut after {keepUpTo}");
        Window.CutAfter(keepUpTo);
        Configurations.Cut(keepUpTo);
        _disk.Cut(keepUpTo);
        effects.Add(new ZabEffect.TruncateLog(keepUpTo, _disk.Issue(keepUpTo)));
        return _application.LastApplied > keepUpTo;
    }

    /// <summary>Replaces state and log by a state from the leader that is complete in the writer.</summary>
    /// <exception cref="FormatException">The state is not complete; nothing has changed.</exception>
    public void Install(Zxid zxid, IStateWriter state, List<Effect> effects)
    {
        Invariant.That(zxid >= LastCommitted, $"a state at {zxid} would lose transactions committed up to {LastCommitted}");
        state.Complete(zxid);
        Invariant.That(_application.LastApplied == zxid, $"the application is at {_application.LastApplied} after a state at {zxid} was restored");
        Window.Reset(zxid);
        Configurations.Replace(_application.SettledConfiguration, _application.Configuration);
        OldestLogged = zxid;
        _disk.Replace();
        effects.Add(new ZabEffect.CommitSnapshotInstall(zxid, _disk.Issue(zxid)));
    }

    public long AcceptEpoch(Epoch epoch, List<Effect> effects)
    {
        Invariant.That(epoch > AcceptedEpoch, $"epoch {epoch} does not exceed the accepted one, {AcceptedEpoch}");
        AcceptedEpoch = epoch;
        var token = _disk.Issue(LastLogged);
        effects.Add(new ZabEffect.WriteAcceptedEpoch(epoch, token));
        return token;
    }

    /// <summary>Takes over the history of an epoch. The caller has seen that it is durable.</summary>
    public long EnterEpoch(Epoch epoch, List<Effect> effects)
    {
        Invariant.That(epoch > CurrentEpoch && epoch <= AcceptedEpoch, $"epoch {epoch} must lie above {CurrentEpoch} and not above {AcceptedEpoch}");
        CurrentEpoch = epoch;
        var token = _disk.Issue(LastLogged);
        effects.Add(new ZabEffect.WriteCurrentEpoch(epoch, token));
        return token;
    }

    /// <summary>All up to the zxid is committed: delivers what is not applied yet.</summary>
    /// <returns>Whether another configuration was committed with it.</returns>
    public bool Commit(Zxid upTo, Now now, List<Effect> effects)
    {
        Invariant.That(upTo <= LastLogged, $"commit of {upTo}, but the log ends with {LastLogged}");
        if (upTo <= LastCommitted)
        {
            return false;
        }

        LastCommitted = upTo;
        for (var i = Window.IndexAfter(_application.LastApplied); i < Window.Count && Window[i].Zxid <= upTo; i++)
        {
            _application.Deliver(Window[i], now, effects);
            Invariant.That(
                _application.LastApplied == Window[i].Zxid, $"the application is at {_application.LastApplied} after {Window[i].Zxid} was delivered");
        }

        return Configurations.CommittedUpTo(upTo);
    }

    /// <summary>Forgets old transactions: only those that are applied, and durable so that a laggard can be served from the log.</summary>
    /// <param name="generous">Whether someone catches up at the moment: then only the bytes are limited.</param>
    public void Trim(bool generous)
    {
        var limit = LastDurable < LastApplied ? LastDurable : LastApplied;
        while (Window.Count > 0
            && Window[0].Zxid <= limit
            && (Window.Bytes > _options.RecentBytes || (!generous && Window.Count > _options.RecentTxns)))
        {
            Window.DropFirst();
        }
    }

    private static void Check(RecoveredHistory recovered, IZabApplication application)
    {
        Invariant.That(
            recovered.CurrentEpoch <= recovered.AcceptedEpoch,
            $"the current epoch {recovered.CurrentEpoch} exceeds the accepted one, {recovered.AcceptedEpoch}: an epoch file is older than the other");
        Invariant.That(
            recovered.LastLogged.Epoch <= recovered.AcceptedEpoch,
            $"the log ends with {recovered.LastLogged}, after the accepted epoch {recovered.AcceptedEpoch}: the epoch file is older than the log");
        Invariant.That(
            recovered.OldestLogged <= recovered.LastLogged,
            $"the log begins after {recovered.OldestLogged} but ends with {recovered.LastLogged}");
        Invariant.That(
            application.LastApplied == recovered.LastLogged,
            $"the application has applied up to {application.LastApplied}, but the log ends with {recovered.LastLogged}");
        Invariant.That(
            recovered.Recent.Count == 0 || recovered.Recent[^1].Zxid == recovered.LastLogged,
            $"the recent transactions do not end with the log's last, {recovered.LastLogged}");
    }

    private void Fill(IReadOnlyList<Txn> recent)
    {
        // What the first one follows is certain only within its epoch. At an epoch's first it is given up, and the second one follows it.
        var first = recent[0].Zxid;
        var skip = first.Counter == 1 ? 1 : 0;
        Window.Reset(skip == 1 ? first : new Zxid(first.Value - 1));
        Configurations.Logged(recent[0], new Zxid(first.Value - 1));
        for (var i = skip; i < recent.Count; i++)
        {
            var previous = LastLogged;
            Invariant.That(previous.IsDirectlyBefore(recent[i].Zxid), $"the recent transactions leave a gap between {previous} and {recent[i].Zxid}");
            Window.Add(recent[i]);
            if (i > 0)
            {
                Configurations.Logged(recent[i], previous);
            }
        }
    }
}
