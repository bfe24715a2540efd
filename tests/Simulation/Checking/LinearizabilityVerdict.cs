namespace GrainKeeper.Simulation.Checking;

/// <summary>What the search for an order has found.</summary>
public enum LinearizabilityVerdict
{
    /// <summary>An order explains all answers.</summary>
    Linearizable,

    /// <summary>No order does.</summary>
    NotLinearizable,

    /// <summary>The search was given up.</summary>
    Undecided,
}
