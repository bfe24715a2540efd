namespace GrainKeeper.Core.Requests;

/// <summary>Switches of request preparation.</summary>
/// <param name="TtlNodes">Whether TTL nodes may be created.</param>
/// <param name="SkipAcl">Whether ACLs are ignored.</param>
/// <param name="ListsTrees">Whether children of <c>/zookeeper/trees</c> name trees: in the root tree.</param>
/// <param name="EnforceQuota">Whether the hard limits of quotas are enforced.</param>
/// <param name="Reconfiguration">Whether clients may reconfigure.</param>
/// <param name="MaxTxnBytes">Largest transaction.</param>
internal readonly record struct PreparerRules(bool TtlNodes, bool SkipAcl, bool ListsTrees, bool EnforceQuota, bool Reconfiguration, int MaxTxnBytes);
