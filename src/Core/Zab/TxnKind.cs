namespace GrainKeeper.Core.Zab;

/// <summary>What a transaction is to ZAB.</summary>
public enum TxnKind
{
    /// <summary>A change of the application's state.</summary>
    Application = 0,

    /// <summary>A change of the state that also puts a new configuration in force: the payload begins with one (<c>QuorumConfigurationCodec</c>).</summary>
    Reconfiguration = 1,
}
