namespace GrainKeeper.Core.Zab;

/// <summary>
/// The legal steps between roles and phases; any other is a defect. A server passes every phase of a role in order and leaves a role only
/// for <see cref="ZabRole.Looking"/>. The one exception is a learner that a committed reconfiguration turns from follower to observer or
/// back: its channel and its place in the log stay as they are.
/// </summary>
internal static class RoleTransitions
{
    private static readonly HashSet<(ZabRole, ZabPhase, ZabRole, ZabPhase)> Legal =
    [
        (ZabRole.Looking, ZabPhase.Election, ZabRole.Looking, ZabPhase.Election), // chosen, but not allowed to lead
        (ZabRole.Looking, ZabPhase.Election, ZabRole.Leading, ZabPhase.Discovery),
        (ZabRole.Looking, ZabPhase.Election, ZabRole.Following, ZabPhase.Discovery),
        (ZabRole.Looking, ZabPhase.Election, ZabRole.Observing, ZabPhase.Discovery),

        (ZabRole.Leading, ZabPhase.Discovery, ZabRole.Leading, ZabPhase.Synchronization),
        (ZabRole.Leading, ZabPhase.Synchronization, ZabRole.Leading, ZabPhase.Broadcast),
        (ZabRole.Leading, ZabPhase.Discovery, ZabRole.Looking, ZabPhase.Election),
        (ZabRole.Leading, ZabPhase.Synchronization, ZabRole.Looking, ZabPhase.Election),
        (ZabRole.Leading, ZabPhase.Broadcast, ZabRole.Looking, ZabPhase.Election),

        (ZabRole.Following, ZabPhase.Discovery, ZabRole.Following, ZabPhase.Synchronization),
        (ZabRole.Following, ZabPhase.Synchronization, ZabRole.Following, ZabPhase.Broadcast),
        (ZabRole.Following, ZabPhase.Discovery, ZabRole.Looking, ZabPhase.Election),
        (ZabRole.Following, ZabPhase.Synchronization, ZabRole.Looking, ZabPhase.Election),
        (ZabRole.Following, ZabPhase.Broadcast, ZabRole.Looking, ZabPhase.Election),
        (ZabRole.Following, ZabPhase.Broadcast, ZabRole.Observing, ZabPhase.Broadcast),

        (ZabRole.Observing, ZabPhase.Discovery, ZabRole.Observing, ZabPhase.Synchronization),
        (ZabRole.Observing, ZabPhase.Synchronization, ZabRole.Observing, ZabPhase.Broadcast),
        (ZabRole.Observing, ZabPhase.Discovery, ZabRole.Looking, ZabPhase.Election),
        (ZabRole.Observing, ZabPhase.Synchronization, ZabRole.Looking, ZabPhase.Election),
        (ZabRole.Observing, ZabPhase.Broadcast, ZabRole.Looking, ZabPhase.Election),
        (ZabRole.Observing, ZabPhase.Broadcast, ZabRole.Following, ZabPhase.Broadcast),
    ];

    /// <summary>Throws unless the step is legal.</summary>
    /// <exception cref="InvariantViolationException">It is not.</exception>
    public static void Demand(ZabRole fromRole, ZabPhase fromPhase, ZabRole toRole, ZabPhase toPhase) =>
        Invariant.That(
            Legal.Contains((fromRole, fromPhase, toRole, toPhase)), $"illegal change from {fromRole}/{fromPhase} to {toRole}/{toPhase}");
}
