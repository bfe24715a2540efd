namespace GrainKeeper.Core.AtomicCommit.Sql;

/// <summary>How a database keeps transactions apart, by SQL's names.</summary>
public enum SqlIsolation
{
    /// <summary>Each statement sees what was committed before it. PostgreSQL's default.</summary>
    ReadCommitted = 1,

    /// <summary>All statements see one snapshot; who would overwrite a newer change votes No.</summary>
    RepeatableRead = 2,

    /// <summary>As if transactions ran one after the other; whoever would break that votes No. It keeps its place until the decision is carried out.</summary>
    Serializable = 3,
}
