namespace GrainKeeper.Silo.Membership;

/// <summary>A hello connection cannot be used: its bytes are no hello, or one side refuses the other.</summary>
/// <param name="message">Why, in words for an operator.</param>
/// <param name="refused">Whether a well-formed peer was refused, rather than garbage read.</param>
internal sealed class HelloException(string message, bool refused = false) : Exception(message)
{
    public bool Refused { get; } = refused;
}
