namespace GrainKeeper.Contracts.Trees;

/// <summary>How a client connects. A native client's address is what it claims, so none is asked for: no <c>ip</c> ACL matches such a client.</summary>
/// <param name="Description">Who it is, for the log and for lists of connections; at most <see cref="MaxDescription"/> characters are kept.</param>
[GenerateSerializer, Immutable, Alias("gk.ConnectionOptions")]
public sealed record ConnectionOptions([property: Id(0)] string Description = "")
{
    /// <summary>Longest wait of one <see cref="IZNodeTreeGrain.Receive"/>, in milliseconds: below Orleans' response timeout.</summary>
    public const int MaxWait = 10_000;

    /// <summary>A connection without any call for so many milliseconds is closed.</summary>
    public const int IdleLimit = 30_000;

    /// <summary>Longest description kept.</summary>
    public const int MaxDescription = 100;
}
