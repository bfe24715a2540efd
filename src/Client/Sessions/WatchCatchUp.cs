using System.Buffers;
using GrainKeeper.Client.Errors;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Watches;

namespace GrainKeeper.Client.Sessions;

/// <summary>
/// Asks the server for what some watches have not been told yet, a limited number of events at a time, until it tells them what happens as it happens. It outlives connections: what is not answered is asked of the next server.
/// </summary>
internal sealed class WatchCatchUp(ClientSession session, IReadOnlyList<PersistentWatch> watches)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private enum Progress
    {
        More,
        Blocked,
        Live,
    }

    /// <summary>Asks once.</summary>
    /// <param name="first">Whether before all other requests.</param>
    /// <param name="token">Ends the wait.</param>
    /// <returns>Whether nothing is left to be asked.</returns>
    internal async Task<bool> AskAsync(bool first, CancellationToken token)
    {
        var from = session.Watches.PositionOf(watches);
        var request = new PendingRequest<Progress>(OpCode.ResumeWatches, Body(from), watches[0].Path, Take);
        return await session.SendAsync(request, token, first) == Progress.Live;
    }

    /// <summary>Asks until nothing is left, or nobody wants it any more.</summary>
    /// <param name="first">Whether the first time before all other requests.</param>
    internal async Task RunAsync(bool first)
    {
        try
        {
            while (watches.Any(w => !w.IsOver))
            {
                try
                {
                    await RoomAsync(first);
                    if (await AskAsync(first, CancellationToken.None))
                    {
                        await ForgetAsync();
                        return;
                    }
                }
                catch (GrainKeeperException e) when (!session.Over.IsCompleted && e.Code is ErrorCode.ConnectionLoss or ErrorCode.OperationTimeout or ErrorCode.Throttled or ErrorCode.SessionExpired)
                {
                    // The session goes on, here or as a new one.
                    await session.PauseAsync(Pause);
                }

                first = false;
            }
        }
        catch (Exception e) when (session.Over.IsCompleted || e is OperationCanceledException or ObjectDisposedException)
        {
            // Everybody hears of the end of a session.
            return;
        }
        catch (Exception e)
        {
            foreach (var watch in watches.Where(w => !w.IsOver))
            {
                session.WatchFailed(watch, e);
            }
        }
    }

    /// <summary>Waits until those who take the events can take more.</summary>
    private async Task RoomAsync(bool first)
    {
        if (first && watches[0].Room is null)
        {
            // Nothing can be so urgent as this, and it is little.
            return;
        }

        await session.CallbacksAsync();
        foreach (var watch in watches)
        {
            await (watch.Room?.Invoke() ?? Task.CompletedTask);
        }
    }

    /// <summary>Takes back what nobody wants any more: it was given up while the server set it.</summary>
    private async Task ForgetAsync()
    {
        foreach (var watch in watches.Where(w => w.IsOver && !session.Watches.HasPersistent(w.Slot, w.Path)))
        {
            var type = watch.Slot == WatchSlot.Persistent ? WatcherType.Persistent : WatcherType.PersistentRecursive;
            var body = RequestBodies.PathMode(session.Chroot.ToServer(watch.Path), (int)type);
            try
            {
                await session.SendAsync(new PendingRequest<bool>(OpCode.RemoveWatches, body, watch.Path, ReplyBodies.Nothing), CancellationToken.None);
            }
            catch (GrainKeeperException e) when (e.Code is ErrorCode.NoWatcher)
            {
                continue;
            }
        }
    }

    private ReadOnlyMemory<byte> Body(EventPosition? from)
    {
        var body = new ArrayBufferWriter<byte>(256);
        var writer = new JuteWriter(body);
        writer.WriteLong(from?.Zxid.Value ?? -1);
        writer.WriteInt(from?.Ordinal ?? EventPosition.End);
        writer.WriteInt(watches.Min(w => w.MostEvents));
        foreach (var slot in (ReadOnlySpan<WatchSlot>)[WatchSlot.Persistent, WatchSlot.Recursive])
        {
            var paths = watches.Where(w => w.Slot == slot && !w.IsOver).Select(w => w.Path).Distinct(StringComparer.Ordinal).ToList();
            writer.WriteInt(paths.Count);
            foreach (var path in paths)
            {
                writer.WriteBuffer(session.Chroot.ToServer(path));
            }
        }

        return body.WrittenMemory;
    }

    /// <summary>Takes an answer, between the notifications before and after it.</summary>
    private Progress Take(ref JuteReader reader)
    {
        var status = (ResumeStatus)reader.ReadInt();
        var position = new EventPosition(new Zxid(reader.ReadLong()), reader.ReadInt());
        for (var left = reader.ReadCount(smallestElement: 20); left > 0; left--)
        {
            var at = new EventPosition(new Zxid(reader.ReadLong()), reader.ReadInt());
            var type = (WatchEventType)reader.ReadInt();
            if (!session.CaughtUp(watches, type, reader.ReadBuffer(), at))
            {
                return Progress.Blocked;
            }
        }

        switch (status)
        {
            case ResumeStatus.More:
                session.Watches.PassTo(watches, position);
                return Progress.More;
            case ResumeStatus.Live:
                session.Watches.GoLive(watches, position);
                return Progress.Live;
            case ResumeStatus.Lost when session.EventsLost(watches, position):
                session.Watches.GoLive(watches, position);
                return Progress.Live;
            case ResumeStatus.Lost:
                return Progress.Blocked;
            default:
                throw new JuteFormatException($"watches were answered with the unknown status {(int)status}");
        }
    }
}
