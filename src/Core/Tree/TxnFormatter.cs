namespace GrainKeeper.Core.Tree;

/// <summary>One line of text for each transaction, for dumps of the log.</summary>
public static class TxnFormatter
{
    /// <summary>Describes a transaction; never throws: a damaged one is described as such.</summary>
    public static string Describe(ReadOnlySpan<byte> payload) => throw new NotImplementedException();
}
