namespace GrainKeeper.Core.Jute;

/// <summary>ZooKeeper's error codes (KeeperException.Code).</summary>
public enum ErrorCode
{
    /// <summary>No error.</summary>
    Ok = 0,

    /// <summary>Something went wrong in the server.</summary>
    SystemError = -1,

    /// <summary>Later operations of a failed multi.</summary>
    RuntimeInconsistency = -2,

    /// <summary>Data on disk or wire is inconsistent.</summary>
    DataInconsistency = -3,

    /// <summary>The connection was lost: the outcome is unknown.</summary>
    ConnectionLoss = -4,

    /// <summary>Encoding or decoding failed.</summary>
    MarshallingError = -5,

    /// <summary>The operation is not known or not enabled.</summary>
    Unimplemented = -6,

    /// <summary>An operation took too long.</summary>
    OperationTimeout = -7,

    /// <summary>An argument is not allowed.</summary>
    BadArguments = -8,

    /// <summary>No quorum of the new configuration is in touch.</summary>
    NewConfigNoQuorum = -13,

    /// <summary>Another reconfiguration is under way.</summary>
    ReconfigInProgress = -14,

    /// <summary>The session is not known to the leader.</summary>
    UnknownSession = -12,

    /// <summary>The node does not exist.</summary>
    NoNode = -101,

    /// <summary>Permission denied.</summary>
    NoAuth = -102,

    /// <summary>The version does not match.</summary>
    BadVersion = -103,

    /// <summary>Ephemeral nodes have no children.</summary>
    NoChildrenForEphemerals = -108,

    /// <summary>The node exists already.</summary>
    NodeExists = -110,

    /// <summary>The node has children.</summary>
    NotEmpty = -111,

    /// <summary>The session has expired.</summary>
    SessionExpired = -112,

    /// <summary>A watch callback is not valid.</summary>
    InvalidCallback = -113,

    /// <summary>The ACL is not valid.</summary>
    InvalidAcl = -114,

    /// <summary>Authentication failed.</summary>
    AuthFailed = -115,

    /// <summary>The session is closing.</summary>
    Closing = -116,

    /// <summary>Nothing to process.</summary>
    Nothing = -117,

    /// <summary>The session has moved to another server.</summary>
    SessionMoved = -118,

    /// <summary>The server is read-only.</summary>
    NotReadOnly = -119,

    /// <summary>An ephemeral node on a local session.</summary>
    EphemeralOnLocalSession = -120,

    /// <summary>No such watch.</summary>
    NoWatcher = -121,

    /// <summary>A request took too long in the server.</summary>
    RequestTimeout = -122,

    /// <summary>Reconfiguration is disabled.</summary>
    ReconfigDisabled = -123,

    /// <summary>The session was closed because SASL is required.</summary>
    SessionClosedRequireSaslAuth = -124,

    /// <summary>A quota is exceeded.</summary>
    QuotaExceeded = -125,

    /// <summary>The server is overloaded; try later.</summary>
    Throttled = -127,
}
