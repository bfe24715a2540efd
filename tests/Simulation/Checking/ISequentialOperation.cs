namespace GrainKeeper.Simulation.Checking;

/// <summary>An operation on an object that has a state, with the time of its call and of its answer, for the search for a linear order.</summary>
/// <typeparam name="TState">The object's state.</typeparam>
public interface ISequentialOperation<TState>
    where TState : struct, IEquatable<TState>
{
    /// <summary>When it was called.</summary>
    long Invoked { get; }

    /// <summary>When its answer came; null when none did: it may have taken effect at any time after its call, or never.</summary>
    long? Returned { get; }

    /// <summary>Whether it can be left out of the search.</summary>
    bool HasNoEffectIfUnknown { get; }

    /// <summary>Carries it out, if the state allows the answer that it got.</summary>
    bool TryApply(TState state, out TState after);
}
