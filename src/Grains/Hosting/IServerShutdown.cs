namespace GrainKeeper.Grains.Hosting;

/// <summary>
/// Ends this server's part in all trees in an orderly way: a leader tells its followers first, so that they elect another at once; what is queued for the disk
/// is written; logs are marked as cleanly closed. Runs by itself when the silo stops; a host may call it earlier. Calls after the first wait for the same end.
/// </summary>
public interface IServerShutdown
{
    /// <summary>Hands over and closes.</summary>
    /// <param name="cancellationToken">Ends waiting for the followers; what is queued for the disk is still written.</param>
    Task HandOverAsync(CancellationToken cancellationToken);
}
