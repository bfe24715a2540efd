namespace GrainKeeper.Console.Transfer;

/// <summary>What an import does with a node that is there already.</summary>
internal enum ExistingNodes
{
    /// <summary>Pass it over if it has the same data, else stop.</summary>
    Check,

    /// <summary>Pass it over.</summary>
    Keep,

    /// <summary>Give it the file's data and ACL.</summary>
    Replace,
}
