namespace GrainKeeper.Contracts.Transactions;

/// <summary>A participant's vote.</summary>
/// <param name="Vote">1 Yes, 2 No, 3 ReadOnly.</param>
/// <param name="Reason">With No: why; otherwise empty.</param>
/// <param name="Redo">With Yes: how to commit; at most 1 MiB.</param>
/// <param name="Undo">With Yes: how to abort; at most 1 MiB.</param>
/// <param name="Activation">Which activation of the grain has answered: of two, only the one that claimed last is believed.</param>
[GenerateSerializer, Immutable, Alias("gk.ParticipantAnswer")]
public sealed record ParticipantAnswer(
    [property: Id(0)] int Vote,
    [property: Id(1)] string Reason,
    [property: Id(2)] byte[] Redo,
    [property: Id(3)] byte[] Undo,
    [property: Id(4)] Guid Activation);
