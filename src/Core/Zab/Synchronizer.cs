using System.Buffers;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Zab;

/// <summary>
/// Phase 2 on the leader: brings one learner after another to the leader's history. A learner's log that ends within the leader's is continued
/// (DIFF); one that goes on differently within the same epoch is cut first (TRUNC). Where histories part across an epoch nothing is known
/// of what lies before, and it gets the whole state (SNAP).
/// </summary>
internal sealed class Synchronizer(ZabPeer peer, ProposalBatches batches)
{
    private const int LargestChunk = 256 * 1024;

    private ZabHistory History => peer.History;

    private ZabOptions Options => peer.Options;

    /// <summary>The last zxid of the history with which this leader was elected.</summary>
    public Zxid InitialEnd { get; set; }

    public bool IsEstablished { get; set; }

    public bool ReceivesUncommitted(LearnerLink link) => !link.AskedAsObserver || History.Configurations.IsParticipant(link.Id);

    /// <summary>Begins, or tries again what had to wait.</summary>
    public void Start(LearnerLink link, Now now, List<Effect> effects)
    {
        Invariant.That(link.State == LearnerLink.Stage.HistoryKnown);
        if (!ReceivesUncommitted(link) && !IsEstablished)
        {
            return;
        }

        var last = link.LastZxid;
        if (last < History.Window.Before)
        {
            StartBelowWindow(link, now, effects);
            return;
        }

        var common = History.Window.FloorOf(last);
        if (common == last)
        {
            Continue(link, common, new ZabMessage.SyncDiff(History.LastLogged), now, effects);
        }
        else
        {
            Cut(link, common, now, effects);
        }
    }

    public void OnLogRead(LearnerLink link, IReadOnlyList<Txn>? txns, Now now, List<Effect> effects)
    {
        link.ReadId = 0;
        if (link.State == LearnerLink.Stage.Searching)
        {
            OnSearched(link, txns, now, effects);
        }
        else
        {
            OnRead(link, txns, now, effects);
        }
    }

    public void OnChunkReceived(LearnerLink link, List<Effect> effects)
    {
        link.ChunksUnderWay--;
        SendChunks(link, effects);
    }

    /// <summary>Sends a live learner what is new: to an observer only what is committed.</summary>
    public void Pump(LearnerLink link, List<Effect> effects)
    {
        var limit = ReceivesUncommitted(link) ? History.LastLogged : History.LastCommitted;
        if (link.Sent < limit)
        {
            batches.Send(link.Channel, link.Sent, limit, effects);
            link.Sent = limit;
        }
    }

    private void StartBelowWindow(LearnerLink link, Now now, List<Effect> effects)
    {
        var last = link.LastZxid;
        var before = History.Window.Before;
        if (last < History.OldestLogged)
        {
            SendState(link, now, effects);
        }
        else if (last == History.OldestLogged || last.Epoch == before.Epoch)
        {
            // Within one epoch the log has every counter, so it has this one.
            Continue(link, last, new ZabMessage.SyncDiff(History.LastLogged), now, effects);
        }
        else
        {
            link.State = LearnerLink.Stage.Searching;
            link.Search = (0, last.Counter + 1, last.Counter);
            Ask(link, effects);
        }
    }

    /// <summary>Asks the log whether it holds one transaction.</summary>
    private void Ask(LearnerLink link, List<Effect> effects)
    {
        var asked = Zxid.Of(link.LastZxid.Epoch, link.Search.Asked);
        link.ReadId = peer.NextRequest();
        effects.Add(new ZabEffect.ReadLog(link.ReadId, new Zxid(asked.Value - 1), asked, 1));
    }

    private void OnSearched(LearnerLink link, IReadOnlyList<Txn>? txns, Now now, List<Effect> effects)
    {
        var (present, absent, asked) = link.Search;
        if (txns is null)
        {
            SendState(link, now, effects);
            return;
        }

        if (txns.Count > 0)
        {
            Invariant.That(
                txns[0].Zxid == Zxid.Of(link.LastZxid.Epoch, asked), $"the log was asked for counter {asked} of epoch {link.LastZxid.Epoch} and gave {txns[0].Zxid}");
            present = asked;
        }
        else
        {
            absent = asked;
        }

        if (present + 1 < absent)
        {
            link.Search = (present, absent, present + ((absent - present) / 2));
            Ask(link, effects);
            return;
        }

        var common = Zxid.Of(link.LastZxid.Epoch, present);
        if (common == link.LastZxid)
        {
            Continue(link, common, new ZabMessage.SyncDiff(History.LastLogged), now, effects);
        }
        else if (present == 0)
        {
            SendState(link, now, effects);
        }
        else
        {
            Cut(link, common, now, effects);
        }
    }

    private void Cut(LearnerLink link, Zxid common, Now now, List<Effect> effects)
    {
        if (common.Epoch != link.LastZxid.Epoch || common < link.OldestZxid)
        {
            SendState(link, now, effects);
        }
        else
        {
            Continue(link, common, new ZabMessage.SyncTruncate(common, History.LastLogged), now, effects);
        }
    }

    /// <summary>The learner's log, once cut where needed, is the leader's up to <paramref name="from"/>.</summary>
    private void Continue(LearnerLink link, Zxid from, ZabMessage header, Now now, List<Effect> effects)
    {
        if (!ReceivesUncommitted(link) && from > History.LastCommitted)
        {
            // An observer that is ahead of what is committed waits until that has caught up.
            link.State = LearnerLink.Stage.HistoryKnown;
            return;
        }

        if (from < History.Window.Before && IsTooMuch(from))
        {
            SendState(link, now, effects);
            return;
        }

        link.Sent = from;
        link.PendingHeader = header;
        link.State = LearnerLink.Stage.ReadingLog;
        ReadOn(link, effects);
    }

    /// <summary>An estimate, possible only within one epoch, that saves sending much of the log in vain.</summary>
    private bool IsTooMuch(Zxid from)
    {
        var window = History.Window;
        if (from.Epoch != window.Before.Epoch || window.Count == 0)
        {
            return false;
        }

        return (window.Before.Value - from.Value) * (window.Bytes / window.Count) > Options.MaxDiffBytes;
    }

    private void ReadOn(LearnerLink link, List<Effect> effects)
    {
        if (link.Sent >= History.Window.Before)
        {
            GoLive(link, effects);
            return;
        }

        link.ReadId = peer.NextRequest();
        effects.Add(new ZabEffect.ReadLog(link.ReadId, link.Sent, History.Window.Before, Options.MaxBatchBytes));
    }

    private void OnRead(LearnerLink link, IReadOnlyList<Txn>? txns, Now now, List<Effect> effects)
    {
        if (txns is null && link.StateSent)
        {
            link.State = LearnerLink.Stage.HistoryKnown;
            peer.Leave($"the log no longer reaches back to {link.Sent}, where the state sent to server {link.Id} began");
            return;
        }

        if (txns is null)
        {
            SendState(link, now, effects);
            return;
        }

        Invariant.That(txns.Count > 0, $"the log gave nothing after {link.Sent}, but transactions up to {History.Window.Before} are durable");
        var last = link.Sent;
        for (var i = 0; i < txns.Count; i++)
        {
            Invariant.That(last.IsDirectlyBefore(txns[i].Zxid), $"the log has a gap between {last} and {txns[i].Zxid}");
            last = txns[i].Zxid;
            link.BytesRead += TxnWindow.CostOf(txns[i]);
        }

        if (link.BytesRead > Options.MaxDiffBytes && !link.StateSent)
        {
            SendState(link, now, effects);
            return;
        }

        SendHeader(link, effects);
        link.Channel.Send(new ZabMessage.Proposals(txns, History.LastCommitted < last ? History.LastCommitted : last), effects);
        link.Sent = last;
        ReadOn(link, effects);
    }

    private static void SendHeader(LearnerLink link, List<Effect> effects)
    {
        if (link.PendingHeader is { } header)
        {
            link.Channel.Send(header, effects);
            link.PendingHeader = null;
        }
    }

    /// <summary>
    /// A state replaces the learner's log at once, before the transactions after it have arrived there. So it must hold all that the learner may have
    /// acknowledged: all of its log, or all of the history this leader was elected with. A leader that has not applied that yet lets the learner wait
    /// for the epoch to be established.
    /// </summary>
    private void SendState(LearnerLink link, Now now, List<Effect> effects)
    {
        if (History.LastApplied < link.LastZxid && History.LastApplied < InitialEnd)
        {
            link.State = LearnerLink.Stage.HistoryKnown;
            link.StateAwaitedSince ??= now.Monotonic;
            return;
        }

        link.StateAwaitedSince = null;
        link.PendingHeader = null;
        link.Reader = peer.Application.OpenState();
        Invariant.That(
            link.Reader.Zxid == History.LastApplied, $"the state begins at {link.Reader.Zxid}, but {History.LastApplied} is applied");
        link.Sent = link.Reader.Zxid;
        link.State = LearnerLink.Stage.SendingState;
        link.StateSent = true;
        link.NextChunk = 0;
        link.ChunksUnderWay = 0;
        link.Channel.Send(new ZabMessage.SyncSnapshot(link.Reader.Zxid, History.LastLogged), effects);
        SendChunks(link, effects);
    }

    private void SendChunks(LearnerLink link, List<Effect> effects)
    {
        var size = Math.Min(LargestChunk, Options.MaxBatchBytes);
        while (link.Reader is { } reader && link.ChunksUnderWay < Options.SnapshotWindow)
        {
            var chunk = new ArrayBufferWriter<byte>(size);
            var more = reader.ReadNext(chunk, size);
            link.Channel.Send(new ZabMessage.SnapshotChunk(link.NextChunk++, !more, chunk.WrittenMemory), effects);
            link.ChunksUnderWay++;
            if (!more)
            {
                link.Reader = null;
                link.State = LearnerLink.Stage.ReadingLog;
                ReadOn(link, effects);
            }
        }
    }

    /// <summary>The rest is in memory: from here on the learner gets everything as it comes.</summary>
    private void GoLive(LearnerLink link, List<Effect> effects)
    {
        SendHeader(link, effects);
        link.State = LearnerLink.Stage.NewLeaderSent;
        Pump(link, effects);
        link.HistoryEnd = link.Sent;
        link.Channel.Send(new ZabMessage.NewLeader(History.AcceptedEpoch, link.Sent), effects);
    }
}
