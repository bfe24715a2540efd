namespace GrainKeeper.Client.Bulk;

/// <summary>What becomes of a bulk load that meets nodes that are there already. Whatever it is, their kind and time to live stay.</summary>
public enum ExistingNodes
{
    /// <summary>It fails.</summary>
    Fail = 0,

    /// <summary>Those with the same data count as loaded; it fails at one with other data. So a load that failed is done again and goes on where it ended.</summary>
    SkipSame = 1,

    /// <summary>They stay as they are.</summary>
    Keep = 2,

    /// <summary>They are given the data and the ACL of the load.</summary>
    Replace = 3,
}
