using GrainKeeper.Core.Replica.Events;
using GrainKeeper.Core.Requests;

namespace GrainKeeper.Core.Replica;

/// <summary>A client connected to this server.</summary>
internal sealed class ClientConnection(ConnectionId id, Credentials who, int keptResults = 0)
{
    public ConnectionId Id { get; } = id;

    /// <summary>How many answers its session shall keep, for requests that are sent again; 0 when the client never does that.</summary>
    public int KeptResults { get; } = keptResults;

    /// <summary>What the client has proven about itself so far.</summary>
    public Credentials Who { get; set; } = who;

    public ClientPhase Phase { get; set; }

    public long SessionId { get; set; }

    /// <summary>The session's timeout in ms.</summary>
    public int Timeout { get; set; }

    /// <summary>The readOnly flag of the ConnectRequest; null when the client is too old to have one.</summary>
    public bool? SaidReadOnly { get; set; }

    /// <summary>Whether this is a session of this server alone, without a leader: reads only.</summary>
    public bool IsReadOnly { get; set; }

    /// <summary>Whether its events tell where they stand among all: it has asked for watches that go on from such a place.</summary>
    public bool TellsPositions { get; set; }

    /// <summary>Whether its last request taken waits for the log. Nothing is taken behind it: what comes is held with <see cref="Early"/>.</summary>
    public bool AwaitsLog { get; set; }

    /// <summary>What that request waits for; null when it has not asked for anything yet.</summary>
    public LogReading? Reading { get; set; }

    /// <summary>Requests not answered yet, in order.</summary>
    public Ring<PendingReply> Pipeline { get; } = new();

    /// <summary>Frames that came before the session was there, or while a request waits for the log.</summary>
    public Ring<ReadOnlyMemory<byte>> Early { get; } = new();

    /// <summary>Bytes of what waits.</summary>
    public long WaitingBytes { get; set; }

    /// <summary>Whether the host was told to read no more.</summary>
    public bool IsPaused { get; set; }

    /// <summary>What is to be sent at the end of this step; null when nothing is.</summary>
    public ByteBuffer? Output { get; set; }

    /// <summary>Why it closes at the end of this step; null when it does not.</summary>
    public string? CloseReason { get; set; }

    /// <summary>Monotonic ms by which the ConnectRequest must have come, or a leader must be there.</summary>
    public long HandshakeDeadline { get; set; }

    /// <summary>The ConnectRequest, until the session is there: another leader may have to be asked.</summary>
    public ReadOnlyMemory<byte> ConnectRequest { get; set; }
}
