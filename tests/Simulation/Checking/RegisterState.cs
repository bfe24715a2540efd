namespace GrainKeeper.Simulation.Checking;

/// <summary>A node as a register: absent, or with a value and a version.</summary>
/// <param name="Exists">Whether it is there.</param>
/// <param name="Value">Its value.</param>
/// <param name="Version">Its version.</param>
public readonly record struct RegisterState(bool Exists, long Value, int Version)
{
    /// <summary>No node.</summary>
    public static RegisterState Absent => default;
}
