namespace GrainKeeper.Client.Errors;

/// <summary>An operation did not succeed. The subclasses name the codes that callers usually tell apart; the others come as this class.</summary>
/// <param name="code">ZooKeeper's error code.</param>
/// <param name="message">What happened, with the path where there is one.</param>
/// <param name="path">The path as the caller gave it, or null.</param>
/// <param name="inner">What led to it, or null.</param>
public class GrainKeeperException(ErrorCode code, string message, string? path = null, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>ZooKeeper's error code.</summary>
    public ErrorCode Code { get; } = code;

    /// <summary>The path as the caller gave it, or null.</summary>
    public string? Path { get; } = path;

    /// <summary>Whether the operation may have been carried out nevertheless.</summary>
    public virtual bool IsOutcomeUnknown => Code is ErrorCode.ConnectionLoss or ErrorCode.OperationTimeout or ErrorCode.RequestTimeout;

    /// <summary>Makes the exception of a code.</summary>
    internal static GrainKeeperException Of(ErrorCode code, string operation, string? path)
    {
        var message = $"{operation}{(path is null ? string.Empty : " " + path)}: {Explain(code)}";
        return WithMessage(code, message, path);
    }

    /// <summary>Makes the exception of a code with a message of its own.</summary>
    internal static GrainKeeperException WithMessage(ErrorCode code, string message, string? path = null) => code switch
    {
        ErrorCode.NoNode => new NoNodeException(message, path),
        ErrorCode.NodeExists => new NodeExistsException(message, path),
        ErrorCode.BadVersion => new BadVersionException(message, path),
        ErrorCode.NotEmpty => new NotEmptyException(message, path),
        ErrorCode.NoAuth => new NoAuthException(message, path),
        ErrorCode.NoChildrenForEphemerals => new NoChildrenForEphemeralsException(message, path),
        ErrorCode.InvalidAcl => new InvalidAclException(message, path),
        ErrorCode.AuthFailed => new AuthFailedException(message, path),
        ErrorCode.ConnectionLoss => new ConnectionLossException(message, path),
        ErrorCode.SessionExpired => new SessionExpiredException(message, path),
        ErrorCode.SessionMoved => new SessionMovedException(message, path),
        ErrorCode.OperationTimeout => new OperationTimeoutException(message, path),
        ErrorCode.BadArguments => new BadArgumentsException(message, path),
        ErrorCode.Unimplemented => new UnimplementedException(message, path),
        ErrorCode.NoWatcher => new NoWatcherException(message, path),
        ErrorCode.NotReadOnly => new NotReadOnlyException(message, path),
        ErrorCode.QuotaExceeded => new QuotaExceededException(message, path),
        ErrorCode.Throttled => new ThrottledException(message, path),
        _ => new GrainKeeperException(code, message, path),
    };

    private static string Explain(ErrorCode code) => code switch
    {
        ErrorCode.NoNode => "the node does not exist",
        ErrorCode.NodeExists => "the node exists already",
        ErrorCode.BadVersion => "the node has another version",
        ErrorCode.NotEmpty => "the node has children; delete them first",
        ErrorCode.NoAuth => "not allowed for this session's identities",
        ErrorCode.NoChildrenForEphemerals => "the parent is ephemeral, and ephemeral nodes have no children",
        ErrorCode.InvalidAcl => "the ACL is empty or not valid",
        ErrorCode.AuthFailed => "the credentials were not accepted",
        ErrorCode.ConnectionLoss => "the connection was lost before the answer came; it may or may not have been carried out",
        ErrorCode.SessionExpired => "the session has expired; connect anew",
        ErrorCode.SessionMoved => "the session has been attached to another server",
        ErrorCode.OperationTimeout => "no answer came in time; it may or may not be carried out",
        ErrorCode.BadArguments => "an argument is not allowed",
        ErrorCode.Unimplemented => "the server does not know the operation, or it is not enabled",
        ErrorCode.NoWatcher => "there is no such watch",
        ErrorCode.NotReadOnly => "the server is read-only: it is cut off from a quorum",
        ErrorCode.QuotaExceeded => "a quota would be exceeded",
        ErrorCode.Throttled => "too many requests are waiting; try again later",
        ErrorCode.RuntimeInconsistency => "not tried, because an operation before it failed",
        ErrorCode.ReconfigInProgress => "another reconfiguration is under way",
        ErrorCode.NewConfigNoQuorum => "no quorum of the new configuration is in touch",
        _ => $"error {(int)code} ({code})",
    };
}
