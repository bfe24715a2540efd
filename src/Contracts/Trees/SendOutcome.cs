namespace GrainKeeper.Contracts.Trees;

/// <summary>What became of frames handed over.</summary>
[GenerateSerializer, Alias("gk.SendOutcome")]
public enum SendOutcome
{
    /// <summary>They are queued; answers come by <see cref="IZNodeTreeGrain.Receive"/>.</summary>
    Accepted = 0,

    /// <summary>The server is overloaded: nothing was taken, send the same batch again a little later.</summary>
    Busy = 1,

    /// <summary>The connection has ended; <see cref="IZNodeTreeGrain.Receive"/> says why.</summary>
    Closed = 2,
}
