using GrainKeeper.Client.Connections;
using GrainKeeper.Client.Telemetry;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Watches;

namespace GrainKeeper.Client.Sessions;

/// <content>Watches: what happens, and what happened while no server was attached.</content>
internal sealed partial class ClientSession
{
    /// <summary>Sets a watch that lasts, and goes on from where it shall begin.</summary>
    internal async Task WatchAsync(PersistentWatch watch, CancellationToken token)
    {
        Watches.Add(watch);
        var catchUp = new WatchCatchUp(this, [watch]);
        try
        {
            if (!await catchUp.AskAsync(first: false, token))
            {
                _ = catchUp.RunAsync(first: false);
            }
        }
        catch
        {
            Watches.Remove(watch);
            throw;
        }
    }

    /// <summary>Hands a past event to those of some watches that it is for.</summary>
    /// <returns>False when too many wait for their callbacks.</returns>
    internal bool CaughtUp(IReadOnlyList<PersistentWatch> watches, WatchEventType type, ReadOnlySpan<byte> path, EventPosition at)
    {
        var change = new WatchEvent(type, Chroot.FromServer(path), at.Zxid.Value) { Index = at.Ordinal };
        ClientTelemetry.Happened(change);
        return Watches.CaughtUp(watches, change, callback => _callbacks.TryAdd(() => callback(change)));
    }

    /// <summary>Tells some watches that events are missing.</summary>
    /// <returns>False when too many wait for their callbacks.</returns>
    internal bool EventsLost(IReadOnlyList<PersistentWatch> watches, EventPosition upTo) => Watches.Lost(watches, upTo, watch =>
    {
        var lost = new WatchEvent(WatchEventType.EventsLost, watch.Path, upTo.Zxid.Value) { Index = upTo.Ordinal };
        SessionLog.EventsLost(_log, Id, watch.Path, lost.Zxid);
        return _callbacks.TryAdd(() => watch.Callback(lost));
    });

    /// <summary>A watch cannot go on.</summary>
    internal void WatchFailed(PersistentWatch watch, Exception reason)
    {
        SessionLog.WatchFailed(_log, Id, watch.Path, reason);
        Watches.Remove(watch);
        watch.Failed?.Invoke(reason);
    }

    /// <summary>Waits until the callbacks queued so far have run.</summary>
    internal async Task CallbacksAsync()
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        while (!_callbacks.TryAdd(done.SetResult))
        {
            await PauseAsync(ShortestRest);
        }

        await done.Task.WaitAsync(_stop.Token);
    }

    internal Task PauseAsync(TimeSpan pause) => Task.Delay(pause, _options.TimeProvider, _stop.Token);

    /// <summary>Asks for what watches have missed while no server was attached, before anything else is asked.</summary>
    private void ResumeWatches()
    {
        foreach (var watches in WatchGroups.Of(Watches.Detached(LastZxid)))
        {
            _ = new WatchCatchUp(this, watches).RunAsync(first: true);
        }
    }

    private void Notify(ref JuteReader reader, long zxid)
    {
        var happened = WatcherEvent.Read(ref reader);
        var change = new WatchEvent((WatchEventType)happened.Type, Chroot.FromServer(happened.Path), zxid) { Index = zxid < 0 ? 0 : reader.ReadInt() };
        ClientTelemetry.Happened(change);
        if (!Watches.Happened(change, callback => _callbacks.TryAdd(() => callback(change))))
        {
            throw new ServerConnectionException(
                $"{_options.MaxPendingEvents} watch events wait for their callbacks, which are too slow: let them hand over their work, or raise MaxPendingEvents");
        }
    }
}
