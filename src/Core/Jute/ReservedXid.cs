namespace GrainKeeper.Core.Jute;

/// <summary>Request numbers with a meaning of their own.</summary>
public static class ReservedXid
{
    /// <summary>In replies: a watch event.</summary>
    public const int Notification = -1;

    /// <summary>A ping.</summary>
    public const int Ping = -2;

    /// <summary>An authentication.</summary>
    public const int Auth = -4;

    /// <summary>The watches of a reconnecting client.</summary>
    public const int SetWatches = -8;
}
