using System.Text;
using GrainKeeper.Client.Connections;
using GrainKeeper.Client.Errors;
using GrainKeeper.Client.Telemetry;
using GrainKeeper.Contracts.Transactions;
using GrainKeeper.Core.Jute;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace GrainKeeper.Client.Sessions;

/// <summary>
/// A session: keeps itself attached to a server, one after another, sends requests in order and hands out answers and events. After a lost connection it attaches
/// itself anew, proves its identities and sets its watches again, and sends again what was not answered: the servers do a write once, and give its first answer.
/// </summary>
internal sealed partial class ClientSession : IAsyncDisposable
{
    private const int MostInVain = 10;
    private static readonly TimeSpan ShortestRest = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestRest = TimeSpan.FromMilliseconds(500);

    private readonly GrainKeeperClientOptions _options;
    private readonly SessionConnector _connector;
    private readonly RequestQueue _requests;
    private readonly CallbackQueue _callbacks;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _attachedOnce = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IdentityProofs _identities = new();
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SessionContinuity _continuity;
    private readonly ILogger _log;
    private readonly Lock _stateLock = new();
    private readonly Task _worker;
    private SessionCredentials _session = SessionCredentials.None;
    private ClientState _state = ClientState.Connecting;
    private long _lastZxid;
    private bool _closing;
    private int _vain;

    internal ClientSession(GrainKeeperClientOptions options, IServerDialer dialer, Random random)
    {
        _options = options;
        _connector = new SessionConnector(options, dialer, random);
        _requests = new RequestQueue(options.MaxOutstanding, options.TimeProvider);
        _log = options.Logger ?? NullLogger.Instance;
        _continuity = new SessionContinuity(options.TimeProvider);
        _callbacks = new CallbackQueue(options.MaxPendingEvents, options.CallbackFailed ?? (options.Logger is null ? null : e => SessionLog.CallbackFailed(_log, e)));
        foreach (var credentials in options.Credentials)
        {
            // Refused ones end the session, which says so.
            _ = _identities.Add(credentials.Scheme, credentials.Auth.ToArray()).Exception;
        }

        Chroot = new Chroot(options.Servers.Chroot);
        _worker = Task.Run(WorkAsync);
    }

    internal Chroot Chroot { get; }

    internal WatchRegistry Watches { get; } = new();

    /// <summary>Done once a server has accepted the session; failed when it is over before.</summary>
    internal Task AttachedOnce => _attachedOnce.Task;

    /// <summary>Done when the session is over for good.</summary>
    internal Task Over => _over.Task;

    /// <summary>See <see cref="SessionContinuity"/>.</summary>
    internal CancellationToken Continuity => _continuity.Token;

    /// <summary>Told of each change of state, in order, on the thread of the watch callbacks.</summary>
    internal event Action<ClientState>? StateChanged;

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
    /// <param name="request">The request.</param>
    /// <param name="token">Ends the wait.</param>
    /// <param name="first">Whether it goes before all that wait to be sent.</param>
    internal async Task<T> SendAsync<T>(PendingRequest<T> request, CancellationToken token, bool first = false)
    {
        if (request.Body.Length + 8 > _options.MaxFrame)
        {
            throw GrainKeeperException.WithMessage(
                ErrorCode.BadArguments,
                $"the request of {request.Body.Length + 8} bytes for {request.Path} exceeds the limit of {_options.MaxFrame}: store less in one node, or raise jute.maxbuffer on the servers and MaxFrame here",
                request.Path);
        }

        token.ThrowIfCancellationRequested();
        _requests.Add(request, first);
        var result = ClientTelemetry.Measures ? ClientTelemetry.OperationAsync(request.Type, request.Path, request.Result) : request.Result;
        await using var registration = token.UnsafeRegister(static (state, t) => ((PendingRequest<T>)state!).Cancel(t), request);
        return await result;
    }

    /// <summary>The identities, for what does not go over the session's connection.</summary>
    internal TransactionProof[] ProofsForTransactions() => _identities.Proofs();

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
                try
                {
                    var attachment = await _connector.AttachAsync(_session, LastZxid, () => TakesWithoutQuorum, FailOverdue, _stop.Token);
                    if (attachment.WithoutQuorum)
                    {
                        if (await ReadWithoutQuorumAsync(attachment) is not { } found)
                        {
                            continue;
                        }

                        attachment = found;
                    }

                    var answers = _requests.Answers;
                    var reason = await ServeAsync(attachment);
                    _requests.Disconnected(reason);
                    _stop.Token.ThrowIfCancellationRequested();
                    Become(ClientState.Connecting);
                    ClientTelemetry.Lost();
                    SessionLog.Lost(_log, Id, reason);
                    _vain = _requests.Answers == answers ? _vain + 1 : 0;
                    await RestAsync(reason);
                }
                catch (SessionGoneException e) when (_options.RenewSession && !Closing)
                {
                    Renew(e);
                }
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
        catch (ConnectionLossException e)
        {
            Finish(ClientState.Closed, e);
        }
        catch (Exception e)
        {
            // A defect of this client: whoever waits must hear of it rather than wait for ever.
            Finish(ClientState.Closed, GrainKeeperException.WithMessage(ErrorCode.SystemError, "the client failed: " + e));
        }
    }

    /// <summary>A server that takes the session and breaks each connection must not be asked without a pause, nor for ever.</summary>
    private async Task RestAsync(string reason)
    {
        if (_vain < 2)
        {
            return;
        }

        FailOverdue();
        if (_vain >= MostInVain && _requests.IsOverdue(_options.QueueTimeout))
        {
            throw GrainKeeperException.WithMessage(
                ErrorCode.ConnectionLoss,
                $"{_vain} connections in a row broke before anything was answered, the last one because of {reason}: the session is given up. Is a request larger than the servers' jute.maxbuffer?");
        }

        var pause = ShortestRest * Math.Pow(2, Math.Min(_vain - 2, 5));
        await Task.Delay(pause < LongestRest ? pause : LongestRest, _options.TimeProvider, _stop.Token);
    }

    private void Renew(SessionGoneException reason)
    {
        ClientTelemetry.Expired();
        SessionLog.Renewed(_log, Id, reason.Message);
        _continuity.Break();
        Become(ClientState.Expired);
        var error = GrainKeeperException.WithMessage(
            ErrorCode.SessionExpired, reason.Message + ": its ephemeral nodes are gone; a new session begins, in which this can be tried again");
        _requests.FailAll(error, r => Unknown(r, error));
        Volatile.Write(ref _session, SessionCredentials.None);
        Become(ClientState.Connecting);
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

    private void FailOverdue()
    {
        if (_requests.FailOverdue(_options.QueueTimeout, Failures))
        {
            SessionLog.Unattached(_log, Id, Failures);
        }
    }

    private async Task<string> ServeAsync(Attachment attachment)
    {
        if (_session.Id == 0)
        {
            _requests.Open(Math.Min(attachment.KeptResults, _options.MaxWritesInFlight));
        }

        _session = attachment.Session;
        Timeout = attachment.Timeout;
        Server = attachment.Connection.Server;
        ResumeWatches();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        var clock = new ConnectionClock(_options.TimeProvider, attachment.Timeout);
        try
        {
            await attachment.Connection.SendAsync(Greeting(), end.Token);
            _continuity.Attached();
            Become(ClientState.Connected);
            ClientTelemetry.Attached(Server);
            SessionLog.Attached(_log, Id, Server, attachment.Endpoint.ToString(), Timeout.TotalMilliseconds);
            _attachedOnce.TrySetResult();
            _requests.Wake();
            await TalkAsync(attachment, clock, end);
            return "the connection ended";
        }
        catch (Exception e) when (e is ServerConnectionException or FormatException)
        {
            return $"server {attachment.Connection.Server} at {attachment.Endpoint}: {e.Message}";
        }
        finally
        {
            _continuity.Detached(clock.Left);
            await attachment.Connection.DisposeAsync();
        }
    }

    /// <summary>Sends and receives until the connection ends.</summary>
    private async Task TalkAsync(Attachment attachment, ConnectionClock clock, CancellationTokenSource end)
    {
        Task[] loops =
        [
            SendAsync(attachment, clock, end.Token),
            ReceiveAsync(attachment, clock, end.Token),
            WatchClockAsync(clock, end.Token),
        ];
        var first = await Task.WhenAny(loops);
        await end.CancelAsync();
        await Task.WhenAll(loops).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        await first;
    }

    /// <summary>What a new connection must hear first: identities, then watches that wait once.</summary>
    private byte[] Greeting()
    {
        var frames = new FrameWriter();
        _identities.WriteAll(frames);
        WatchRestorer.Write(frames, Watches, Chroot, LastZxid);
        frames.Request(ReservedXid.Ping, OpCode.Ping, default);
        return frames.ToArray();
    }

    private async Task SendAsync(Attachment attachment, ConnectionClock clock, CancellationToken token)
    {
        while (true)
        {
            await _requests.WaitAsync(token);
            var frames = new FrameWriter();
            _identities.WriteNew(frames);
            if (attachment.WithoutQuorum)
            {
                _requests.CollectEventual(frames);
            }
            else
            {
                _requests.Collect(frames);
            }

            if (frames.Length == 0 && clock.IsPingDue)
            {
                frames.Request(ReservedXid.Ping, OpCode.Ping, default);
            }

            if (frames.Length > 0)
            {
                clock.Sent();
                await attachment.Connection.SendAsync(frames.ToArray(), token);
            }
        }
    }

    private async Task ReceiveAsync(Attachment attachment, ConnectionClock clock, CancellationToken token)
    {
        Take(attachment, attachment.Rest);
        while (true)
        {
            var frames = await attachment.Connection.ReceiveAsync(token);
            if (!frames.IsEmpty)
            {
                clock.Received();
                Take(attachment, frames);
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

    private void Become(ClientState state)
    {
        lock (_stateLock)
        {
            if (_state == state || _state is ClientState.AuthFailed or ClientState.Closed || (_state == ClientState.Expired && !_options.RenewSession))
            {
                return;
            }

            _state = state;
        }

        if (_options.StateChanged is { } changed)
        {
            _callbacks.TryAdd(() => changed(state));
        }

        if (StateChanged is { } heard)
        {
            _callbacks.TryAdd(() => heard(state));
        }
    }

    private void Finish(ClientState state, Exception reason)
    {
        if (state != ClientState.Closed || !Closing)
        {
            SessionLog.Ended(_log, Id, state, reason.Message);
        }

        if (state == ClientState.Expired)
        {
            ClientTelemetry.Expired();
        }

        _continuity.Dispose();
        Become(state);
        _requests.Close(reason, r => Unknown(r, reason));
        _identities.Close(reason);
        if (_attachedOnce.TrySetException(reason))
        {
            // Nobody may be waiting for it any more.
            _ = _attachedOnce.Task.Exception;
        }

        if (_over.TrySetException(reason))
        {
            _ = _over.Task.Exception;
        }
    }

    /// <summary>For logs; without the password.</summary>
    public override string ToString() => new StringBuilder().Append(_session).Append(' ').Append(State).ToString();
}
