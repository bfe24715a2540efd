using Orleans.GrainDirectory;

namespace GrainKeeper.Grains.Placement;

/// <summary>
/// A grain directory that knows nothing. The place of a pinned grain follows from its key, so a lookup could only add a dependency on
/// whichever silo owns the directory's partition: with Orleans' own directory every third first call fails after some other silo died.
/// </summary>
public sealed class NullGrainDirectory : IGrainDirectory
{
    /// <summary>The name under which it is registered.</summary>
    public const string Name = "none";

    /// <inheritdoc/>
    public Task<GrainAddress?> Register(GrainAddress address) => Task.FromResult<GrainAddress?>(address);

    /// <inheritdoc/>
    public Task<GrainAddress?> Register(GrainAddress address, GrainAddress? previousAddress) => Task.FromResult<GrainAddress?>(address);

    /// <inheritdoc/>
    public Task Unregister(GrainAddress address) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task<GrainAddress?> Lookup(GrainId grainId) => Task.FromResult<GrainAddress?>(null);

    /// <inheritdoc/>
    public Task UnregisterSilos(List<SiloAddress> siloAddresses) => Task.CompletedTask;
}
