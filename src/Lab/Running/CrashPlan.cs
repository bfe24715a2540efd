namespace GrainKeeper.Lab.Running;

/// <summary>Who shall die at which of its own actions.</summary>
internal sealed class CrashPlan
{
    private readonly List<Plan> _plans = [];

    /// <summary>The lines of plans that have not struck yet.</summary>
    internal IEnumerable<(int Line, string Text)> Left => _plans.Select(p => (p.Line, p.Text));

    internal void Add(int line, string text, string who, bool before, string action) => _plans.Add(new Plan(line, text, who, before, action));

    /// <summary>Whether a process dies now; a plan strikes once.</summary>
    /// <param name="who">The process.</param>
    /// <param name="before">Whether the action is still to be done.</param>
    /// <param name="action">The action, as the narration tells it.</param>
    internal bool Strikes(string who, bool before, string action) =>
        _plans.RemoveAll(p => p.Who == who && p.Before == before && action.Contains(p.Action, StringComparison.OrdinalIgnoreCase)) > 0;

    private sealed record Plan(int Line, string Text, string Who, bool Before, string Action);
}
