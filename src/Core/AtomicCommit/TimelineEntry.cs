using System.Globalization;

namespace GrainKeeper.Core.AtomicCommit;

/// <summary>One event of a transaction, as <c>gk tx show</c> lists them.</summary>
/// <param name="At">When: milliseconds since the Unix epoch, by the party's wall clock.</param>
/// <param name="Party">Whose event.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Peer">With a message: to or from whom.</param>
/// <param name="Message">With a message: which.</param>
/// <param name="Record">With the log: which record.</param>
/// <param name="Note">Otherwise: what.</param>
public sealed record TimelineEntry(
    long At, CommitParty Party, TimelineKind Kind, CommitParty? Peer = null, CommitMessage? Message = null, CommitRecord? Record = null, string? Note = null)
{
    /// <summary>What happened, without time and party.</summary>
    public string What => Kind switch
    {
        TimelineKind.Sent => $"→ {Peer}: {Message!.Describe()}",
        TimelineKind.Received => $"← {Peer}: {Message!.Describe()}",
        TimelineKind.Forced => $"forces {Record!.Describe()}",
        TimelineKind.Logged => $"durable: {Record!.Describe()}",
        TimelineKind.Appended => $"notes {Record!.Describe()}",
        TimelineKind.Decided => $"decides {Note}",
        _ => Note ?? Kind.ToString(),
    };

    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{DateTimeOffset.FromUnixTimeMilliseconds(At):HH:mm:ss.fff} {Party,-14} {What}");
}
