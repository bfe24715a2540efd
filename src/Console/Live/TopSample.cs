namespace GrainKeeper.Console.Live;

/// <summary>One look at all servers.</summary>
/// <param name="At">When, UTC.</param>
/// <param name="AnsweredBy">The server through which the others were asked; null when nobody answered.</param>
/// <param name="AllTreesServe">Whether each tree has a leader that serves.</param>
/// <param name="Rows">The servers.</param>
/// <param name="Problem">Why nobody answered; null when somebody did.</param>
internal sealed record TopSample(DateTime At, int? AnsweredBy, bool AllTreesServe, IReadOnlyList<TopRow> Rows, string? Problem);
