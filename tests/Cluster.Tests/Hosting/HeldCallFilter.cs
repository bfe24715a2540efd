using GrainKeeper.Contracts;
using Orleans;

namespace GrainKeeper.Cluster.Tests.Hosting;

/// <summary>Holds back calls from one server to another while the test wants it.</summary>
internal sealed class HeldCallFilter(Network network, int self) : IOutgoingGrainCallFilter
{
    public async Task Invoke(IOutgoingGrainCallContext context)
    {
        if (ServerGrainKey.TryParse(context.TargetId.Key.ToString(), out var key))
        {
            await network.PassAsync(self, key.Server.Value);
        }

        await context.Invoke();
    }
}
