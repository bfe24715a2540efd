namespace GrainKeeper.Contracts.Trees;

/// <summary>How a client connects. A native client's address is what it claims, so none is asked for: no <c>ip</c> ACL matches such a client.</summary>
/// <param name="Description">Who it is, for the log and for lists of connections; at most <see cref="MaxDescription"/> characters are kept.</param>
/// <param name="KeptResults">
/// How many answers a session that it creates shall keep, so that its writes can be sent again: the client numbers them without a gap and has no more than so many under way. The servers
/// keep 1,024 at most, and tell how many in the first field of the connect response. 0: none, as ZooKeeper.
/// </param>
[GenerateSerializer, Immutable, Alias("gk.ConnectionOptions")]
public sealed record ConnectionOptions([property: Id(0)] string Description = "", [property: Id(1)] int KeptResults = 0)
{
    /// <summary>Longest wait of one <see cref="IZNodeTreeGrain.Receive"/>, in milliseconds: below Orleans' response timeout.</summary>
    public const int MaxWait = 10_000;

    /// <summary>A connection without any call for so many milliseconds is closed.</summary>
    public const int IdleLimit = 30_000;

    /// <summary>Longest description kept.</summary>
    public const int MaxDescription = 100;
}
