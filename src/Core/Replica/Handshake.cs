using System.Buffers.Binary;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Requests;
using GrainKeeper.Core.Sessions;

namespace GrainKeeper.Core.Replica;

/// <summary>How a connection gets its session: a new one through the log, or an old one by its password and the leader's word.</summary>
internal sealed class Handshake(
    ReplicaOptions options, ReplicaState state, ConnectionTable connections, OriginQueue origin, Outbox outbox, SessionIdSource ids)
{
    /// <summary>The way to the leader; null while there is none.</summary>
    public ILeaderLink? Leader { get; set; }

    /// <summary>Whether clients that asked for it get reads although there is no leader.</summary>
    private bool ServesReadOnly => Leader is null && options.ReadOnlyMode;

    /// <summary>Takes a connection's first frame.</summary>
    /// <returns>Whether the connection is open now.</returns>
    public bool Begin(ClientConnection client, ReadOnlyMemory<byte> frame, Now now)
    {
        ConnectRequest request;
        try
        {
            var reader = new JuteReader(frame.Span);
            request = ConnectRequest.Read(ref reader);
        }
        catch (JuteFormatException e)
        {
            connections.Close(client, "malformed ConnectRequest: " + e.Message);
            return false;
        }

        client.SaidReadOnly = request.ReadOnly;
        client.ConnectRequest = frame;
        if (Leader is null && !(ServesReadOnly && request.ReadOnly == true))
        {
            connections.AwaitLeader(client, now.Monotonic);
            return false;
        }

        if (request.LastZxidSeen > state.LastApplied.Value)
        {
            connections.Close(
                client, $"the client has seen 0x{request.LastZxidSeen:x}, this server only {state.LastApplied}; it must try another server");
            return false;
        }

        client.Phase = ClientPhase.Establishing;
        if (request.SessionId == 0)
        {
            return BeginNew(client, Clamp(request.Timeout), now);
        }

        if (!SessionPassword.Matches(options.Secret.Span, request.SessionId, request.Password))
        {
            Refuse(client, "the session's password is wrong");
            return false;
        }

        client.SessionId = request.SessionId;
        if (Leader is not null)
        {
            Leader.Attach(client.Id, client.SessionId);
            return client.Phase == ClientPhase.Open;
        }

        if (!state.Sessions.TryGetTimeout(client.SessionId, out var timeout))
        {
            Refuse(client, "the session has expired");
            return false;
        }

        OpenReadOnly(client, timeout);
        return true;
    }

    /// <summary>The leader's answer to <see cref="ILeaderLink.Attach"/>.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="sessionId">The session.</param>
    /// <param name="timeout">Its timeout in ms; 0 when it does not live.</param>
    /// <returns>The connection when it is open now.</returns>
    public ClientConnection? Attached(ConnectionId connection, long sessionId, int timeout)
    {
        if (connections.Find(connection) is not { Phase: ClientPhase.Establishing } client || client.SessionId != sessionId)
        {
            return null;
        }

        if (timeout == 0)
        {
            Refuse(client, "the session has expired");
            return null;
        }

        if (client.KeptResults == 0 && state.Results.Contains(sessionId))
        {
            // Its numbers would mean other writes, and their answers would be given for its own.
            connections.Close(client, "the session belongs to a client that numbers its writes");
            return null;
        }

        client.Timeout = timeout;
        OpenWith(client);
        return client;
    }

    /// <summary>The transaction that creates the connection's session is applied.</summary>
    public void Created(ClientConnection client) => OpenWith(client);

    private bool BeginNew(ClientConnection client, int timeout, Now now)
    {
        client.SessionId = ids.Next(now.Wall, state.Sessions);
        client.Timeout = timeout;
        if (Leader is null)
        {
            OpenReadOnly(client, timeout);
            return true;
        }

        var body = new byte[client.KeptResults > 0 ? 2 * sizeof(int) : sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(body, timeout);
        if (client.KeptResults > 0)
        {
            BinaryPrimitives.WriteInt32BigEndian(body.AsSpan(sizeof(int)), client.KeptResults);
        }

        origin.Add(client);
        Leader.Submit(new WriteRequest(client.SessionId, 0, OpCode.CreateSession, client.Who, body));
        return false;
    }

    private void OpenReadOnly(ClientConnection client, int timeout)
    {
        client.IsReadOnly = true;
        client.Timeout = timeout;
        OpenWith(client);
    }

    private void OpenWith(ClientConnection client)
    {
        if (connections.FindSession(client.SessionId) is { } old)
        {
            connections.Close(old, "its client has connected again");
        }

        client.Phase = ClientPhase.Open;
        client.ConnectRequest = default;
        connections.Bind(client);
        Span<byte> password = stackalloc byte[SessionPassword.Length];
        SessionPassword.Derive(options.Secret.Span, client.SessionId, password);
        Respond(client, client.Timeout, client.SessionId, password);
    }

    private void Refuse(ClientConnection client, string reason)
    {
        Span<byte> nothing = stackalloc byte[SessionPassword.Length];
        nothing.Clear();
        Respond(client, 0, 0, nothing);
        connections.Close(client, reason);
    }

    private void Respond(ClientConnection client, int timeout, long sessionId, ReadOnlySpan<byte> password)
    {
        var output = outbox.BeginFrame(client, out var start);
        bool? readOnly = client.SaidReadOnly is null ? null : client.IsReadOnly;
        new ConnectResponse(state.Results.MostOf(sessionId), timeout, sessionId, password, readOnly).Write(new JuteWriter(output));
        Outbox.EndFrame(output, start);
    }

    private int Clamp(int timeout) => Math.Clamp(
        timeout, options.MinSessionTimeout ?? options.TickTime * 2, options.MaxSessionTimeout ?? options.TickTime * 20);
}
