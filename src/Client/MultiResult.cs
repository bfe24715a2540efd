namespace GrainKeeper.Client;

/// <summary>What became of a multi: all of it was carried out, or nothing.</summary>
/// <param name="Results">One for each operation, in order.</param>
public sealed record MultiResult(IReadOnlyList<TreeOperationResult> Results)
{
    /// <summary>Whether all of it was carried out.</summary>
    public bool Succeeded => Results.All(r => r.Error == ErrorCode.Ok);

    /// <summary>The index of the operation that made it fail, or −1.</summary>
    public int FailedAt => Results.Index().FirstOrDefault(r => r.Item.Error is not (ErrorCode.Ok or ErrorCode.RuntimeInconsistency), (-1, default!)).Index;
}
