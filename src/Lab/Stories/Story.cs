namespace GrainKeeper.Lab.Stories;

/// <summary>All that happened in one run of a scenario. The same scenario and seed give the same story.</summary>
/// <param name="Name">The scenario's name.</param>
/// <param name="Title">Its title.</param>
/// <param name="About">What it shows, paragraph by paragraph.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Cast">Who takes part, in the order in which a chart shows them.</param>
/// <param name="Events">What happened, in order.</param>
public sealed record Story(string Name, string Title, IReadOnlyList<string> About, long Seed, IReadOnlyList<CastMember> Cast, IReadOnlyList<StoryEvent> Events)
{
    /// <summary>What was expected, and whether it held.</summary>
    public IEnumerable<StoryEvent.Checked> Checks => Events.OfType<StoryEvent.Checked>();

    /// <summary>Whether every expectation held.</summary>
    public bool Holds => Checks.All(c => c.Held);

    /// <summary>When the run ended, in microseconds of virtual time.</summary>
    public required long Length { get; init; }
}
