using System.Buffers;
using System.Text;
using GrainKeeper.Client.Connections;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.Client.Sessions;

/// <summary>Attaches a session to one server after another until one accepts it.</summary>
internal sealed class SessionConnector(GrainKeeperClientOptions options, IServerDialer dialer, Random random)
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly EndpointRotation _rotation = new(options.Servers.Servers, random);
    private readonly Dictionary<ServerEndpoint, string> _failures = [];
    private readonly Lock _lock = new();

    /// <summary>Why the servers tried last did not accept the session.</summary>
    internal string Failures
    {
        get
        {
            lock (_lock)
            {
                return _failures.Count == 0
                    ? "no server was tried yet"
                    : string.Join("; ", _failures.OrderBy(f => f.Key.ToString(), StringComparer.Ordinal).Select(f => $"{f.Key}: {f.Value}"));
            }
        }
    }

    /// <summary>Tries the servers in turn, with a growing pause after each time round.</summary>
    /// <param name="session">The session to re-attach, or none for a new one.</param>
    /// <param name="lastZxid">The last zxid seen.</param>
    /// <param name="takesWithoutQuorum">Whether a server that is out of touch with a quorum will do for now; asked once all have been tried in vain.</param>
    /// <param name="attemptFailed">Called after each failed attempt.</param>
    /// <param name="token">Ends it.</param>
    /// <exception cref="SessionGoneException">A server says that the session is gone.</exception>
    internal async Task<Attachment> AttachAsync(SessionCredentials session, long lastZxid, Func<bool> takesWithoutQuorum, Action attemptFailed, CancellationToken token)
    {
        var pause = ShortestPause;

        // A server that hangs must not keep a session from the others for long: all are tried shortly first, then with more patience.
        var patience = session.Id == 0 ? options.AttemptTimeout : options.AttemptTimeout / 4;
        for (var round = 0; ; round++)
        {
            for (var i = 0; i < _rotation.Count; i++)
            {
                var endpoint = _rotation.Next();
                if (await TryAttachAsync(endpoint, session, lastZxid, patience, false, token) is { } attachment)
                {
                    lock (_lock)
                    {
                        _failures.Clear();
                    }

                    return attachment;
                }

                if (round > 0 && takesWithoutQuorum() && await TryAttachAsync(endpoint, SessionCredentials.None, 0, patience, true, token) is { } other)
                {
                    return other;
                }

                attemptFailed();
            }

            await Task.Delay(pause * (0.5 + (random.NextDouble() / 2)), options.TimeProvider, token);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            patience = patience * 2 < options.AttemptTimeout ? patience * 2 : options.AttemptTimeout;
        }
    }

    private async Task<Attachment?> TryAttachAsync(
        ServerEndpoint endpoint, SessionCredentials session, long lastZxid, TimeSpan patience, bool withoutQuorum, CancellationToken token)
    {
        using var timer = new CancellationTokenSource(patience, options.TimeProvider);
        using var attempt = CancellationTokenSource.CreateLinkedTokenSource(token, timer.Token);
        IServerConnection? connection = null;
        try
        {
            connection = await dialer.DialAsync(endpoint, attempt.Token);
            await connection.SendAsync(Request(session, lastZxid, withoutQuorum), attempt.Token);
            var (answer, rest) = await FirstFrameAsync(connection, attempt.Token);
            var attachment = Read(answer, connection, endpoint, session, rest);
            if (withoutQuorum && !attachment.WithoutQuorum)
            {
                // It has found a leader meanwhile, and made a session of the ensemble, which nobody wants.
                await connection.SendAsync(Farewell(), attempt.Token);
                throw new ServerConnectionException($"server {connection.Server} has just found a leader");
            }

            connection = null;
            return attachment;
        }
        catch (OperationCanceledException) when (!token.IsCancellationRequested)
        {
            Failed(endpoint, $"no answer within {patience.TotalSeconds:0.###} s");
        }
        catch (Exception e) when (e is ServerConnectionException or FormatException)
        {
            Failed(endpoint, e.Message);
        }
        catch (Exception e) when (e is not (OperationCanceledException or SessionGoneException))
        {
            // Nothing that happens at one server, foreseen or not, may end the session: it may live on at the next.
            Failed(endpoint, $"{e.GetType().Name}: {e.Message}");
        }
        finally
        {
            if (connection is not null)
            {
                await connection.DisposeAsync();
            }
        }

        return null;
    }

    private void Failed(ServerEndpoint endpoint, string reason)
    {
        lock (_lock)
        {
            _failures[endpoint] = reason;
        }
    }

    private static byte[] Farewell()
    {
        var frames = new FrameWriter();
        frames.Request(1, OpCode.CloseSession, default);
        return frames.ToArray();
    }

    private byte[] Request(SessionCredentials session, long lastZxid, bool withoutQuorum)
    {
        var body = new ArrayBufferWriter<byte>(64);
        var timeout = (int)Math.Min(options.SessionTimeout.TotalMilliseconds, int.MaxValue);
        new ConnectRequest(0, lastZxid, timeout, session.Id, session.Password, withoutQuorum).Write(new JuteWriter(body));
        var frames = new FrameWriter();
        frames.Raw(body.WrittenSpan);
        return frames.ToArray();
    }

    private static async Task<(ReadOnlyMemory<byte> First, ReadOnlyMemory<byte> Others)> FirstFrameAsync(IServerConnection connection, CancellationToken token)
    {
        while (true)
        {
            var frames = await connection.ReceiveAsync(token);
            if (FrameWriter.TryRead(ref frames, out var first))
            {
                return (first, frames);
            }
        }
    }

    private static Attachment Read(
        ReadOnlyMemory<byte> answer, IServerConnection connection, ServerEndpoint endpoint, SessionCredentials session, ReadOnlyMemory<byte> rest)
    {
        var reader = new JuteReader(answer.Span);
        var response = ConnectResponse.Read(ref reader);
        if (response.SessionId != 0 && response.Timeout > 0)
        {
            var credentials = new SessionCredentials(response.SessionId, response.Password.ToArray());
            return new Attachment(connection, endpoint, credentials, TimeSpan.FromMilliseconds(response.Timeout), rest, response.ReadOnly == true, Math.Max(0, response.ProtocolVersion));
        }

        throw session.Id != 0
            ? new SessionGoneException($"server {connection.Server} says that the session has expired")
            : new ServerConnectionException($"server {connection.Server} refused a new session");
    }

    /// <summary>The servers, for messages.</summary>
    public override string ToString() => new StringBuilder().AppendJoin(',', options.Servers.Servers).ToString();
}
