namespace GrainKeeper.Cluster.Tests.Hosting;

/// <summary>Tests of what is counted for the whole process: others must not run meanwhile.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class CountsOfTheProcess
{
    public const string Name = "counts of the process";
}
