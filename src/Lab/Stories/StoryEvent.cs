namespace GrainKeeper.Lab.Stories;

/// <summary>Something that happened in a run. Times are virtual, in microseconds since the run began.</summary>
/// <param name="At">When.</param>
public abstract record StoryEvent(long At)
{
    /// <summary>The narrator speaks.</summary>
    /// <param name="At">When.</param>
    /// <param name="Text">The words.</param>
    public sealed record Said(long At, string Text) : StoryEvent(At);

    /// <summary>A line of the scenario is carried out.</summary>
    /// <param name="At">When.</param>
    /// <param name="Line">Its number in the file, from 1.</param>
    /// <param name="Text">The line.</param>
    public sealed record Commanded(long At, int Line, string Text) : StoryEvent(At);

    /// <summary>An expectation was compared with what is.</summary>
    /// <param name="At">When.</param>
    /// <param name="Line">Its number in the file, from 1.</param>
    /// <param name="Text">What was expected.</param>
    /// <param name="Held">Whether it is so.</param>
    /// <param name="Found">What is.</param>
    public sealed record Checked(long At, int Line, string Text, bool Held, string Found) : StoryEvent(At);

    /// <summary>A message was sent.</summary>
    /// <param name="At">When.</param>
    /// <param name="From">Who sent it.</param>
    /// <param name="To">To whom.</param>
    /// <param name="Family">What it is about.</param>
    /// <param name="Label">What it says.</param>
    /// <param name="Quiet">Whether it is routine, such as a heartbeat, or the scenario does not want it shown.</param>
    public sealed record Sent(long At, string From, string To, MessageFamily Family, string Label, bool Quiet) : StoryEvent(At)
    {
        /// <summary>When it arrived; null when it was lost, or is still under way as the story ends.</summary>
        public long? ArrivedAt { get; init; }

        /// <summary>Why it never arrived; null when it did.</summary>
        public string? LostBecause { get; init; }
    }

    /// <summary>Somebody is in another state now.</summary>
    /// <param name="At">When.</param>
    /// <param name="Who">Whose state.</param>
    /// <param name="State">Its name, such as LOOKING.</param>
    /// <param name="Detail">More about it; empty for nothing.</param>
    /// <param name="Mood">What it means for those who want to be served.</param>
    /// <param name="Quiet">Whether the scenario does not want it shown.</param>
    public sealed record Changed(long At, string Who, string State, string Detail, StateMood Mood, bool Quiet) : StoryEvent(At);

    /// <summary>Somebody did something that no message shows.</summary>
    /// <param name="At">When.</param>
    /// <param name="Who">Who.</param>
    /// <param name="Kind">What kind of thing.</param>
    /// <param name="Text">What.</param>
    /// <param name="Quiet">Whether the scenario does not want it shown.</param>
    public sealed record Noted(long At, string Who, NoteKind Kind, string Text, bool Quiet) : StoryEvent(At);

    /// <summary>A process started.</summary>
    /// <param name="At">When.</param>
    /// <param name="Who">Whose.</param>
    /// <param name="Text">What it found on its disk.</param>
    /// <param name="Quiet">Whether the scenario does not want it shown.</param>
    public sealed record Started(long At, string Who, string Text, bool Quiet) : StoryEvent(At);

    /// <summary>A process ended as by a power cut.</summary>
    /// <param name="At">When.</param>
    /// <param name="Who">Whose.</param>
    /// <param name="Text">Under what circumstances.</param>
    /// <param name="Quiet">Whether the scenario does not want it shown.</param>
    public sealed record Crashed(long At, string Who, string Text, bool Quiet) : StoryEvent(At);

    /// <summary>The network fell apart, or was healed.</summary>
    /// <param name="At">When.</param>
    /// <param name="Text">How.</param>
    /// <param name="Groups">Who can still talk to whom; empty when all can.</param>
    public sealed record Parted(long At, string Text, IReadOnlyList<IReadOnlyList<string>> Groups) : StoryEvent(At);
}
