namespace GrainKeeper.Client.Tests;

public sealed class OptionsTests
{
    private static readonly GrainKeeperClientOptions Good = new() { Servers = ConnectString.Parse("localhost:1") };

    [Fact]
    public void The_defaults_are_valid() => Good.Validate();

    [Fact]
    public void Values_out_of_range_are_refused_by_name()
    {
        AssertRefused("Tree", Good with { Tree = "No" });
        AssertRefused("ClusterId", Good with { ClusterId = string.Empty });
        AssertRefused("SessionTimeout", Good with { SessionTimeout = TimeSpan.FromMilliseconds(999) });
        AssertRefused("AttemptTimeout", Good with { AttemptTimeout = TimeSpan.Zero });
        AssertRefused("ConnectTimeout", Good with { ConnectTimeout = TimeSpan.FromSeconds(1) });
        AssertRefused("QueueTimeout", Good with { QueueTimeout = TimeSpan.Zero });
        AssertRefused("MaxWritesInFlight", Good with { MaxWritesInFlight = 1_025 });
        AssertRefused("MaxOutstanding", Good with { MaxOutstanding = 0 });
        AssertRefused("MaxPendingEvents", Good with { MaxPendingEvents = 0 });
        AssertRefused("MaxFrame", Good with { MaxFrame = 1 << 25 });
    }

    private static void AssertRefused(string name, GrainKeeperClientOptions options)
    {
        var message = Assert.Throws<ArgumentException>(options.Validate).Message;
        Assert.Contains(name == "Tree" ? "cannot name a tree" : name, message, StringComparison.Ordinal);
    }
}
