using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Silo.Membership;

/// <summary>How the peers that were met become known to Orleans.</summary>
internal interface IPeerTable
{
    /// <summary>Makes the silo of a server known, its older silos dead.</summary>
    void Seen(ServerId server, SiloAddress silo);

    /// <summary>Waits until Orleans routes calls for the server to this silo.</summary>
    /// <exception cref="OperationCanceledException">The peer went down meanwhile.</exception>
    Task WaitUntilRoutedAsync(ServerId server, SiloAddress silo, CancellationToken cancellationToken);
}
