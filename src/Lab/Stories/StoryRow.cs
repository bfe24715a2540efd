namespace GrainKeeper.Lab.Stories;

/// <summary>One line of a narration, and one row of a chart: events that belong together.</summary>
/// <param name="At">When it begins, in microseconds.</param>
internal abstract record StoryRow(long At)
{
    /// <summary>The same message to one or several receivers at one moment; sent again without change so many times.</summary>
    internal sealed record Messages(long At, string From, MessageFamily Family, string Label, IReadOnlyList<StoryEvent.Sent> Legs, int Times) : StoryRow(At);

    /// <summary>States that change together.</summary>
    internal sealed record States(long At, IReadOnlyList<StoryEvent.Changed> Changes) : StoryRow(At);

    /// <summary>The same thing done by one or several.</summary>
    internal sealed record Note(long At, IReadOnlyList<string> Who, NoteKind Kind, string Text) : StoryRow(At);

    /// <summary>A process starts or ends; quiet when only its lifeline shall tell.</summary>
    internal sealed record Life(long At, string Who, bool Up, string Text, bool Quiet) : StoryRow(At);

    /// <summary>The network falls apart or is healed.</summary>
    internal sealed record Parted(long At, string Text, IReadOnlyList<IReadOnlyList<string>> Groups) : StoryRow(At);

    /// <summary>Nothing to show for a while.</summary>
    internal sealed record Gap(long At, long Time, int Quiet) : StoryRow(At);
}
