namespace GrainKeeper.Core.Tests.Tree;

/// <summary>Memory is measured with nothing else running.</summary>
[CollectionDefinition(nameof(TreeMemoryTests), DisableParallelization = true)]
public class TreeMemoryCollection;
