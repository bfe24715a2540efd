using System.Text;
using GrainKeeper.Client.Connections;
using GrainKeeper.Client.Errors;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Watches;

namespace GrainKeeper.Client.Sessions;

/// <summary>
/// A session: keeps itself attached to a server, one after another, sends requests in order and hands out answers and events. After a lost connection it attaches
/// itself anew, proves its identities and sets its watches again, repeats reads, and fails writes whose outcome nobody knows.
/// </summary>
internal sealed class ClientSession : IAsyncDisposable
{
    private readonly GrainKeeperClientOptions _options;
    private readonly SessionConnector _connector;
    private readonly RequestQueue _requests;
    private readonly CallbackQueue _callbacks;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _attachedOnce = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IdentityProofs _identities = new();
    private readonly Lock _stateLock = new();
    private readonly Task _worker;
    private SessionCredentials _session = SessionCredentials.None;
    private ClientState _state = ClientState.Connecting;
    private long _lastZxid;
    private bool _closing;

    internal ClientSession(GrainKeeperClientOptions options, IServerDialer dialer, Random random)
    {
        _options = options;
        _connector = new SessionConnector(options, dialer, random);
        _requests = new RequestQueue(options.MaxOutstanding, options.TimeProvider);
        _callbacks = new CallbackQueue(options.MaxPendingEvents, options.CallbackFailed);
        Chroot = new Chroot(options.Servers.Chroot);
        _worker = Task.Run(WorkAsync);
    }

    internal Chroot Chroot { get; }

    internal WatchRegistry Watches { get; } = new();

    /// <summary>Done once a server has accepted the session; failed when it is over before.</summary>
    internal Task AttachedOnce => _attachedOnce.Task;

    internal ClientState State
    {
        get
        {
            lock (_stateLock)
            {
                return _state;
            }
        }
    }

    internal long Id => Volatile.Read(ref _session).Id;

    internal TimeSpan Timeout { get; private set; }

    /// <summary>The server attached last; 0 before the first.</summary>
    internal int Server { get; private set; }

    internal long LastZxid => Interlocked.Read(ref _lastZxid);

    /// <summary>Why no server accepts the session.</summary>
    internal string Failures => _connector.Failures;

    /// <summary>Sends a request when a server is attached, and waits for the answer.</summary>
    internal async Task<T> SendAsync<T>(PendingRequest<T> request, CancellationToken token)
    {
        if (request.Body.Length + 8 > _options.MaxFrame)
        {
            throw GrainKeeperException.WithMessage(
                ErrorCode.BadArguments,
                $"the request of {request.Body.Length + 8} bytes for {request.Path} exceeds the limit of {_options.MaxFrame}: store less in one node, or raise jute.maxbuffer on the servers and MaxFrame here",
                request.Path);
        }

        token.ThrowIfCancellationRequested();
        _requests.Add(request);
        await using var registration = token.UnsafeRegister(static (state, t) => ((PendingRequest<T>)state!).Cancel(t), request);
        return await request.Result;
    }

    /// <summary>Proves an identity, now and after each attachment.</summary>
    internal async Task AuthenticateAsync(string scheme, byte[] auth, CancellationToken token)
    {
        var answer = _identities.Add(scheme, auth);
        _requests.Wake();
        await answer.WaitAsync(token);
    }

    /// <summary>Ends the session on the servers if one is attached, and stops.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_stateLock)
        {
            if (_closing)
            {
                return;
            }

            _closing = true;
        }

        await CloseSessionAsync();
        await _stop.CancelAsync();
        await _worker;
        Finish(ClientState.Closed, new ObjectDisposedException(nameof(GrainKeeperClient), "the client has been closed"));
        await _callbacks.DisposeAsync();
        _stop.Dispose();
    }

    private async Task CloseSessionAsync()
    {
        if (State != ClientState.Connected)
        {
            return;
        }

        var close = new PendingRequest<bool>(OpCode.CloseSession, ReadOnlyMemory<byte>.Empty, null, static (ref JuteReader _) => true);
        try
        {
            _requests.Add(close);
            await close.Result.WaitAsync(_options.AttemptTimeout, _options.TimeProvider);
        }
        catch (Exception e) when (e is GrainKeeperException or TimeoutException)
        {
            // The servers will expire the session by themselves.
            return;
        }
    }

    private async Task WorkAsync()
    {
        try
        {
            while (true)
            {
                var attachment = await _connector.AttachAsync(_session, LastZxid, FailOverdue, _stop.Token);
                var reason = await ServeAsync(attachment);
                _requests.Disconnected(reason);
                _stop.Token.ThrowIfCancellationRequested();
                Become(ClientState.Connecting);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return;
        }
        catch (SessionGoneException e)
        {
            // After the client itself has closed the session, the servers rightly do not know it.
            Finish(Closing ? ClientState.Closed : ClientState.Expired, GrainKeeperException.WithMessage(ErrorCode.SessionExpired, e.Message + ": its ephemeral nodes and watches are gone; connect anew"));
        }
        catch (AuthFailedException e)
        {
            Finish(ClientState.AuthFailed, e);
        }
        catch (Exception e)
        {
            // A defect of this client: whoever waits must hear of it rather than wait for ever.
            Finish(ClientState.Closed, GrainKeeperException.WithMessage(ErrorCode.SystemError, "the client failed: " + e));
        }
    }

    private bool Closing
    {
        get
        {
            lock (_stateLock)
            {
                return _closing;
            }
        }
    }

    private void FailOverdue() => _requests.FailOverdue(_options.QueueTimeout, Failures);

    private async Task<string> ServeAsync(Attachment attachment)
    {
        _session = attachment.Session;
        Timeout = attachment.Timeout;
        Server = attachment.Connection.Server;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        var clock = new ConnectionClock(_options.TimeProvider, attachment.Timeout);
        try
        {
            await attachment.Connection.SendAsync(Greeting(), end.Token);
            Become(ClientState.Connected);
            _attachedOnce.TrySetResult();
            _requests.Wake();
            Task[] loops =
            [
                SendAsync(attachment.Connection, clock, end.Token),
                ReceiveAsync(attachment, clock, end.Token),
                WatchClockAsync(clock, end.Token),
            ];
            var first = await Task.WhenAny(loops);
            await end.CancelAsync();
            await Task.WhenAll(loops).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            await first;
            return "the connection ended";
        }
        catch (Exception e) when (e is ServerConnectionException or FormatException)
        {
            return $"server {attachment.Connection.Server} at {attachment.Endpoint}: {e.Message}";
        }
        finally
        {
            await attachment.Connection.DisposeAsync();
        }
    }

    /// <summary>What a new connection must hear first: identities, then watches.</summary>
    private byte[] Greeting()
    {
        var frames = new FrameWriter();
        _identities.WriteAll(frames);
        WatchRestorer.Write(frames, Watches, Chroot, LastZxid);
        frames.Request(ReservedXid.Ping, OpCode.Ping, default);
        return frames.ToArray();
    }

    private async Task SendAsync(IServerConnection connection, ConnectionClock clock, CancellationToken token)
    {
        while (true)
        {
            await _requests.WaitAsync(token);
            var frames = new FrameWriter();
            _identities.WriteNew(frames);
            _requests.Collect(frames);
            if (frames.Length == 0 && clock.IsPingDue)
            {
                frames.Request(ReservedXid.Ping, OpCode.Ping, default);
            }

            if (frames.Length > 0)
            {
                clock.Sent();
                await connection.SendAsync(frames.ToArray(), token);
            }
        }
    }

    private async Task ReceiveAsync(Attachment attachment, ConnectionClock clock, CancellationToken token)
    {
        Take(attachment.Rest);
        while (true)
        {
            var frames = await attachment.Connection.ReceiveAsync(token);
            if (!frames.IsEmpty)
            {
                clock.Received();
                Take(frames);
            }
        }
    }

    private async Task WatchClockAsync(ConnectionClock clock, CancellationToken token)
    {
        while (true)
        {
            await Task.Delay(clock.Interval, _options.TimeProvider, token);
            if (clock.IsSilent)
            {
                throw new ServerConnectionException($"nothing was heard for {clock.SilenceLimit.TotalSeconds:0.#} s");
            }

            if (clock.IsPingDue)
            {
                _requests.Wake();
            }
        }
    }

    private void Take(ReadOnlyMemory<byte> frames)
    {
        while (FrameWriter.TryRead(ref frames, out var frame))
        {
            var reader = new JuteReader(frame.Span);
            var header = ReplyHeader.Read(ref reader);
            Note(header.Zxid);
            switch (header.Xid)
            {
                case ReservedXid.Notification:
                    Notify(WatcherEvent.Read(ref reader), header.Zxid);
                    break;
                case ReservedXid.Auth:
                    _identities.Answered(header.Error);
                    break;
                case ReservedXid.Ping or ReservedXid.SetWatches:
                    break;
                default:
                    _requests.Answered(header.Xid).Complete(header.Error, frame.Span[ReplyHeader.Size..]);
                    break;
            }
        }
    }

    private void Note(long zxid)
    {
        if (zxid > LastZxid)
        {
            Interlocked.Exchange(ref _lastZxid, zxid);
        }
    }

    private void Notify(WatcherEvent happened, long zxid)
    {
        var change = new WatchEvent((WatchEventType)happened.Type, Chroot.FromServer(happened.Path), zxid);
        foreach (var callback in Watches.Take(change.Type, change.Path))
        {
            if (!_callbacks.TryAdd(() => callback(change)))
            {
                throw new ServerConnectionException(
                    $"{_options.MaxPendingEvents} watch events wait for their callbacks, which are too slow: let them hand over their work, or raise MaxPendingEvents");
            }
        }
    }

    private void Become(ClientState state)
    {
        lock (_stateLock)
        {
            if (_state == state || _state is ClientState.Expired or ClientState.AuthFailed or ClientState.Closed)
            {
                return;
            }

            _state = state;
        }

        if (_options.StateChanged is { } changed)
        {
            _callbacks.TryAdd(() => changed(state));
        }
    }

    private void Finish(ClientState state, Exception reason)
    {
        Become(state);
        _requests.Close(reason);
        _identities.Close(reason);
        if (_attachedOnce.TrySetException(reason))
        {
            // Nobody may be waiting for it any more.
            _ = _attachedOnce.Task.Exception;
        }
    }

    /// <summary>For logs; without the password.</summary>
    public override string ToString() => new StringBuilder().Append(_session).Append(' ').Append(State).ToString();
}
