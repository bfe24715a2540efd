namespace GrainKeeper.Storage.Tests.Fakes;

/// <summary>What happens at which call.</summary>
/// <param name="AtCall">The call's number, from 1; beyond the last = never.</param>
/// <param name="Error">The error of that call; null = the machine stops there.</param>
/// <param name="CountReads">Whether calls that change nothing count.</param>
internal sealed record SimFault(int AtCall, string? Error = null, bool CountReads = false)
{
    /// <summary>The error of a full disk.</summary>
    public const string NoSpace = "No space left on device";
}
