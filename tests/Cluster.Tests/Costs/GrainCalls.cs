using System.Collections.Concurrent;
using GrainKeeper.Contracts.Trees;
using Orleans;

namespace GrainKeeper.Cluster.Tests.Costs;

/// <summary>Counts the grain calls that reach the replicas of the root tree, by method.</summary>
internal sealed class GrainCalls : IIncomingGrainCallFilter
{
    private readonly ConcurrentDictionary<string, int> _counts = new();

    public Task Invoke(IIncomingGrainCallContext context)
    {
        if (context.Grain is IZNodeTreeGrain)
        {
            _counts.AddOrUpdate(context.MethodName, 1, static (_, count) => count + 1);
        }

        return context.Invoke();
    }

    public void Clear() => _counts.Clear();

    public int Total => _counts.Values.Sum();

    public override string ToString() => string.Join(", ", _counts.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => $"{c.Key} {c.Value}"));
}
