namespace GrainKeeper.Silo.Configuration;

/// <summary>Whether a client shows a certificate (<c>ssl.clientAuth</c>).</summary>
public enum ClientCertificateRule
{
    /// <summary>It is not asked for one.</summary>
    None,

    /// <summary>It may; one that is not trusted is refused.</summary>
    Want,

    /// <summary>It must. The default, as in ZooKeeper.</summary>
    Need,
}
