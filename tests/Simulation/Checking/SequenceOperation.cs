namespace GrainKeeper.Simulation.Checking;

/// <summary>
/// An operation on the numbers that a node gives its sequential children: the creation of one, or a look at how many there are. The state is the next number, which is
/// also the number of children, since none is ever deleted.
/// </summary>
/// <param name="Invoked">When it was called.</param>
/// <param name="Returned">When its answer came; null when none did.</param>
/// <param name="IsCreate">Whether it creates a child.</param>
/// <param name="Told">The number of the child created, or of the children seen.</param>
public sealed record SequenceOperation(long Invoked, long? Returned, bool IsCreate, long Told) : ISequentialOperation<long>
{
    /// <inheritdoc/>
    public bool HasNoEffectIfUnknown => Returned is null && !IsCreate;

    /// <inheritdoc/>
    public bool TryApply(long state, out long after)
    {
        after = IsCreate ? state + 1 : state;
        return Returned is null || Told == state;
    }
}
