using GrainKeeper.Client.Connections;

namespace GrainKeeper.Client.Transactions;

/// <summary>The way to the servers' doors for transactions.</summary>
internal interface ITransactionServers
{
    /// <summary>The way to a server that was good so far, or to the next one in turn.</summary>
    /// <exception cref="ServerConnectionException">It cannot be reached.</exception>
    /// <exception cref="TimeoutException">It does not answer in time.</exception>
    Task<IServerAccess> ConnectAsync(TimeSpan patience, CancellationToken cancellationToken);

    /// <summary>Gives the connections back, those in use when their calls have ended.</summary>
    ValueTask CloseAsync();

    /// <summary>How many servers there are to connect to.</summary>
    int Count { get; }
}
