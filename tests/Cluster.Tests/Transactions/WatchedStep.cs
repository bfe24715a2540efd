namespace GrainKeeper.Cluster.Tests.Transactions;

/// <summary>A step of a transaction.</summary>
/// <param name="Party">Whose: a party's, or that of a participant towards its database.</param>
/// <param name="What">What it is about to do.</param>
/// <param name="Occurrence">The how many-th of its kind, from 1 on.</param>
internal sealed record WatchedStep(string Party, string What, int Occurrence)
{
    public override string ToString() => $"{Party}: {What} {Occurrence}";
}
