namespace GrainKeeper.RealClients.Tests;

/// <summary>Tests that share the ensemble. One at a time: some kill servers.</summary>
[CollectionDefinition(Name)]
public sealed class EnsembleCollection : ICollectionFixture<Ensemble>
{
    public const string Name = "ensemble";
}
