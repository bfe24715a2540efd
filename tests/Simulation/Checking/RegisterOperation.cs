using GrainKeeper.Core.Jute;

namespace GrainKeeper.Simulation.Checking;

/// <summary>
/// A client's operation on one node, with the time of its call and of its answer. Several operations of one multi on the same node are steps of one.
/// </summary>
public sealed record RegisterOperation : ISequentialOperation<RegisterState>
{
    /// <summary>When it was called.</summary>
    public required long Invoked { get; init; }

    /// <summary>When its answer came; null when none did.</summary>
    public required long? Returned { get; init; }

    /// <summary>What it does, in order.</summary>
    public required IReadOnlyList<RegisterStep> Steps { get; init; }

    /// <summary>The error with which it failed, if it did; null without an answer.</summary>
    public ErrorCode? Error { get; init; }

    /// <summary>Which step failed.</summary>
    public int FailedStep { get; init; }

    /// <summary>Whether it failed for a reason that says nothing about this node.</summary>
    public bool FailedElsewhere { get; init; }

    /// <summary>Whether it can be left out of the search.</summary>
    public bool HasNoEffectIfUnknown => FailedElsewhere || (Returned is null && Steps.All(s => s.Type is OpCode.Check or OpCode.GetData or OpCode.Exists));

    /// <summary>Carries it out, if the state allows the answer that it got.</summary>
    public bool TryApply(RegisterState state, out RegisterState after)
    {
        after = state;
        for (var i = 0; i < Steps.Count; i++)
        {
            var error = Steps[i].Apply(ref after);
            if (Error is { } failed && failed != ErrorCode.Ok && i == FailedStep)
            {
                after = state;
                return error == failed;
            }

            if (error != ErrorCode.Ok || (Returned is not null && !Steps[i].IsAsTold(after)))
            {
                after = state;
                return false;
            }
        }

        return true;
    }
}
