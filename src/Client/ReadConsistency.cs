namespace GrainKeeper.Client;

/// <summary>What a read promises to show. More costs more: see docs/consistency.md.</summary>
public enum ReadConsistency
{
    /// <summary>
    /// Some state that once was, from whatever server answers. A server that is out of touch with a quorum answers too, when it is configured so (<c>readonlymode.enabled</c>): the answer says
    /// so (<see cref="ReadSource.WithoutQuorum"/>), may lie behind what the session has seen, and after a restart of that server even show a change that is not committed in the end.
    /// </summary>
    Eventual,

    /// <summary>
    /// What ZooKeeper promises: the session's reads and writes are in order, and it never goes back, whatever server it is attached to. Changes of others may show late. Costs no message between servers.
    /// </summary>
    Sequential,

    /// <summary>
    /// Whatever was acknowledged to anybody before the read was asked for. The leader has a quorum confirm that it still leads, and the server answers once it has applied all that was committed
    /// by then. Costs a round of messages between servers, shared by all reads that wait; nothing is logged. Without a quorum it waits, and fails as a write does.
    /// </summary>
    Linearizable,
}
