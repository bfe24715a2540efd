using GrainKeeper.Client.Connections;
using GrainKeeper.Contracts.Transactions;

namespace GrainKeeper.Client.Transactions;

/// <summary>Grain calls by way of one server. All end by a deadline. To be disposed of after use.</summary>
internal interface IServerAccess : IAsyncDisposable
{
    /// <summary>The server whose gateway it is.</summary>
    int Server { get; }

    /// <summary>The next connection shall be to another server.</summary>
    void Discard();

    /// <summary>All servers.</summary>
    IReadOnlyList<int> Servers { get; }

    /// <summary>Calls a server's door to the transactions of a tree.</summary>
    /// <exception cref="TimeoutException">No answer in time: nobody knows whether it was carried out.</exception>
    /// <exception cref="ServerConnectionException">The server or the gateway is gone: it may have been carried out.</exception>
    Task<T> CallAsync<T>(int server, string tree, Func<ITransactionGrain, Task<T>> call, TimeSpan deadline, CancellationToken cancellationToken);

    /// <summary>Calls a server's window on its transactions.</summary>
    /// <exception cref="TimeoutException">No answer in time.</exception>
    /// <exception cref="ServerConnectionException">The server or the gateway is gone.</exception>
    Task<T> WatchAsync<T>(int server, Func<ITransactionMonitorGrain, Task<T>> call, TimeSpan deadline, CancellationToken cancellationToken);
}
