namespace GrainKeeper.Core.AtomicCommit;

/// <summary>A participant's vote.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Reason">With No: why, for people; at most <see cref="MaxReasonLength"/> characters are kept. Otherwise empty.</param>
public readonly record struct Vote(VoteKind Kind, string Reason)
{
    /// <summary>The most characters of a reason that are kept; the rest is cut off.</summary>
    public const int MaxReasonLength = 200;

    /// <summary>Yes.</summary>
    public static Vote Yes => new(VoteKind.Yes, string.Empty);

    /// <summary>Nothing changed.</summary>
    public static Vote ReadOnly => new(VoteKind.ReadOnly, string.Empty);

    /// <summary>No, and why.</summary>
    public static Vote No(string reason) => new(VoteKind.No, Cut(reason));

    /// <inheritdoc/>
    public override string ToString() => Kind == VoteKind.No ? $"No ({Reason})" : Kind.ToString();

    internal static string Cut(string reason) => reason.Length <= MaxReasonLength ? reason : reason[..MaxReasonLength];
}
