using GrainKeeper.Core.Jute;

namespace GrainKeeper.Simulation.Model;

/// <summary>One operation of a transaction, decoded.</summary>
/// <param name="Type">What it does.</param>
/// <param name="Path">The node.</param>
/// <param name="Value">The value written; −1 for none.</param>
/// <param name="Version">The resulting or the checked version.</param>
/// <param name="ParentCreates">The parent's resulting count of creates.</param>
/// <param name="Owner">The owner of an ephemeral node.</param>
/// <param name="Timeout">A session's timeout.</param>
/// <param name="Error">Why it failed.</param>
public readonly record struct TxnFact(
    OpCode Type,
    string Path,
    long Value,
    int Version,
    int ParentCreates,
    long Owner,
    int Timeout,
    ErrorCode Error);
