namespace GrainKeeper.RealClients.Tests;

/// <summary>Curator's recipes from Debian's packages, one case each.</summary>
[Collection(EnsembleCollection.Name)]
public sealed class CuratorTests(Ensemble ensemble, CuratorRun run) : IClassFixture<CuratorRun>
{
    [Theory]
    [InlineData("mutex")]
    [InlineData("readWriteLock")]
    [InlineData("leaderLatch")]
    [InlineData("leaderSelector")]
    [InlineData("barrier")]
    [InlineData("doubleBarrier")]
    [InlineData("semaphore")]
    [InlineData("pathCache")]
    [InlineData("treeCache")]
    [InlineData("nodeCache")]
    [InlineData("curatorCache")]
    [InlineData("atomicLong")]
    [InlineData("sharedCount")]
    [InlineData("persistentNode")]
    [InlineData("serviceDiscovery")]
    [InlineData("transactions")]
    [InlineData("namespaces")]
    public async Task Curator(string recipe)
    {
        var said = await run.OutputAsync(ensemble.Servers.Hosts);

        Assert.True(said.Split('\n').Contains("ok " + recipe), said);
    }
}
