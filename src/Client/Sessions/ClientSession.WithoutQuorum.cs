using GrainKeeper.Client.Connections;

namespace GrainKeeper.Client.Sessions;

/// <content>
/// While no server accepts the session: reads that any server may answer go to one that is out of touch with a quorum, in a session of that server alone. What it shows counts for nothing in
/// the session's own order. The others are tried on.
/// </content>
internal sealed partial class ClientSession
{
    private bool TakesWithoutQuorum => _options.ReadConsistency == ReadConsistency.Eventual || _requests.HasEventual;

    /// <returns>The attachment that was found meanwhile; null when the connection has ended before.</returns>
    private async Task<Attachment?> ReadWithoutQuorumAsync(Attachment attachment)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        SessionLog.WithoutQuorum(_log, Id, attachment.Connection.Server, attachment.Endpoint.ToString());
        _attachedOnce.TrySetResult();
        var seeking = _connector.AttachAsync(_session, LastZxid, static () => false, FailOverdue, end.Token);
        var reading = ReadAsync(attachment, end);
        await Task.WhenAny(seeking, reading);
        await end.CancelAsync();
        await Task.WhenAll(seeking, reading).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        _requests.Disconnected("a server with a quorum is tried");
        if (reading.IsFaulted && seeking.IsCompletedSuccessfully)
        {
            await (await seeking).Connection.DisposeAsync();
        }

        await reading;
        return seeking.IsCanceled ? null : await seeking;
    }

    private async Task ReadAsync(Attachment attachment, CancellationTokenSource end)
    {
        try
        {
            var frames = new FrameWriter();
            _identities.WriteAll(frames);
            if (frames.Length > 0)
            {
                await attachment.Connection.SendAsync(frames.ToArray(), end.Token);
            }

            _requests.Wake();
            await TalkAsync(attachment, new ConnectionClock(_options.TimeProvider, attachment.Timeout), end);
        }
        catch (Exception e) when (e is OperationCanceledException or ServerConnectionException or FormatException)
        {
            // Found another, or lost this one.
            return;
        }
        finally
        {
            await attachment.Connection.DisposeAsync();
        }
    }
}
