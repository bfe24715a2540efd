namespace GrainKeeper.Samples.ElectedService;

/// <summary>What the leader does.</summary>
internal sealed class GreetingSettings
{
    /// <summary>What it says.</summary>
    public string Text { get; set; } = "hello";

    /// <summary>How often.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(5);
}
