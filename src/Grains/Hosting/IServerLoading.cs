namespace GrainKeeper.Grains.Hosting;

/// <summary>
/// Loads the root tree from disk while the silo starts: with many nodes, each takes about as long as the other. Begins by itself with the silo; a host may begin earlier,
/// as soon as its data directory is its own.
/// </summary>
public interface IServerLoading
{
    /// <summary>Begins, unless it has begun. The data is let go when the host is disposed of. Why it cannot be loaded is told once the silo runs.</summary>
    void BeginLoading();
}
