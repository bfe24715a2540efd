namespace GrainKeeper.Core.Tests.Election;

/// <summary>How a simulated network behaves. Times in ms.</summary>
internal sealed record NetworkFaults(int MinDelay, int MaxDelay, double Loss, double Duplication, bool Reorders)
{
    internal static NetworkFaults None { get; } = new(1, 3, 0, 0, Reorders: false);

    internal static NetworkFaults Wild { get; } = new(0, 90, 0.2, 0.1, Reorders: true);
}
