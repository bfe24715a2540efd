namespace GrainKeeper.Grains.Transactions.Participants;

/// <summary>What a participant's grain stores: its state, and the transactions that are in it, so that none is applied twice.</summary>
/// <typeparam name="TState">The user's state.</typeparam>
[GenerateSerializer, Alias("gk.ParticipantRecord`1")]
public sealed class ParticipantRecord<TState>
    where TState : class, new()
{
    /// <summary>The user's state.</summary>
    [Id(0)] public TState State { get; set; } = new();

    /// <summary>The last transactions that were applied or undone, the newest last.</summary>
    [Id(1)] public List<string> Finished { get; set; } = [];
}
