namespace GrainKeeper.Silo.Configuration;

/// <summary>Where Orleans keeps its membership (<c>clustering</c>).</summary>
public enum ClusteringKind
{
    /// <summary>In no outside store: derived from the static server list. The default.</summary>
    Static,

    /// <summary>In PostgreSQL.</summary>
    Postgres,

    /// <summary>In Redis.</summary>
    Redis,
}
