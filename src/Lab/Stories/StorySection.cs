namespace GrainKeeper.Lab.Stories;

/// <summary>A step of a story: what the narrator says and the scenario does, what follows, and what was expected of it.</summary>
internal sealed class StorySection
{
    internal List<string> Said { get; } = [];

    internal List<StoryEvent.Commanded> Commands { get; } = [];

    internal List<StoryRow> Rows { get; } = [];

    internal List<StoryEvent.Checked> Checks { get; } = [];

    /// <summary>What the narrator says begins a new step.</summary>
    internal bool IsBegun => Commands.Count > 0 || Rows.Count > 0 || Checks.Count > 0;
}
