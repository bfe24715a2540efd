namespace GrainKeeper.Process.Tests.Jepsen;

/// <summary>How the reads are made that must fit into the linear order.</summary>
internal enum ReadKind
{
    /// <summary>Linearizable and fenced ones by turns.</summary>
    Confirmed,

    /// <summary>By the consistency of that name: a quorum confirms the leader first.</summary>
    Linearizable,

    /// <summary>After a write of the same session: it shows all that was committed before that write.</summary>
    Fenced,

    /// <summary>After a sync, which a leader answers that may have been replaced without knowing it: not linearizable while servers hang or are cut off.</summary>
    Synced,

    /// <summary>As they come, from the state of one server: not linearizable.</summary>
    Plain,
}
