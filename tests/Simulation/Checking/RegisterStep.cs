using GrainKeeper.Core.Jute;

namespace GrainKeeper.Simulation.Checking;

/// <summary>One change of a register, or a look at it.</summary>
/// <param name="Type">Create, SetData, Delete, Check, GetData or Exists.</param>
/// <param name="Value">The value to write.</param>
/// <param name="Version">The version to check, −1 for any.</param>
/// <param name="ToldVersion">The version that the answer tells, if it tells one.</param>
/// <param name="ToldValue">The value that the answer tells, if it tells one.</param>
public readonly record struct RegisterStep(OpCode Type, long Value, int Version, int? ToldVersion, long? ToldValue = null)
{
    /// <summary>Whether the answer tells this state, which is that after the step.</summary>
    public bool IsAsTold(RegisterState after) => (ToldVersion ?? after.Version) == after.Version && (ToldValue ?? after.Value) == after.Value;

    /// <summary>Carries it out.</summary>
    public ErrorCode Apply(ref RegisterState state)
    {
        if (Type is OpCode.Create or OpCode.Create2)
        {
            if (state.Exists)
            {
                return ErrorCode.NodeExists;
            }

            state = new RegisterState(true, Value, 0);
            return ErrorCode.Ok;
        }

        if (!state.Exists)
        {
            return ErrorCode.NoNode;
        }

        if (Version != -1 && Version != state.Version)
        {
            return ErrorCode.BadVersion;
        }

        state = Type switch
        {
            OpCode.SetData => new RegisterState(true, Value, state.Version + 1),
            OpCode.Delete => RegisterState.Absent,
            _ => state,
        };
        return ErrorCode.Ok;
    }
}
