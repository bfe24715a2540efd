namespace GrainKeeper.Client.Bulk;

/// <summary>How a bulk load divides its work.</summary>
public sealed record BulkLoadOptions
{
    /// <summary>Nodes in one transaction at most, 1 to 10,000. Default 500.</summary>
    public int MaxNodesPerBatch { get; init; } = 500;

    /// <summary>Bytes of paths, data and ACLs in one transaction at most, a single larger node excepted. 1 KiB to 16 MiB, and below the servers' <c>jute.maxbuffer</c>; default 64 KiB, of which four can be under way.</summary>
    public int MaxBytesPerBatch { get; init; } = 64 * 1024;

    /// <summary>Transactions under way at most, 1 to 128. Default 8.</summary>
    public int MaxInFlight { get; init; } = 8;

    /// <summary>What to do with nodes that are there already. Default fail.</summary>
    public ExistingNodes Existing { get; init; }

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="ArgumentException">A value is out of range; the message names it, the range and the remedy.</exception>
    public void Validate()
    {
        Require(MaxNodesPerBatch is >= 1 and <= 10_000, nameof(MaxNodesPerBatch), MaxNodesPerBatch, "1 to 10,000");
        Require(MaxBytesPerBatch is >= 1_024 and <= 16 * 1024 * 1024, nameof(MaxBytesPerBatch), MaxBytesPerBatch, "1,024 to 16,777,216");
        Require(MaxInFlight is >= 1 and <= 128, nameof(MaxInFlight), MaxInFlight, "1 to 128");
        Require(Enum.IsDefined(Existing), nameof(Existing), Existing, "Fail, SkipSame, Keep or Replace");
    }

    private static void Require<T>(bool holds, string name, T value, string range)
    {
        if (!holds)
        {
            throw new ArgumentException($"bulk load option {name} is {value}: choose {range}");
        }
    }
}
