namespace GrainKeeper.Client.Errors;

/// <summary>The servers refuse a transaction, or a question about one: it is not valid, or not allowed. Nothing was done.</summary>
/// <param name="message">What is refused and why.</param>
public sealed class TransactionRefusedException(string message) : GrainKeeperException(ErrorCode.BadArguments, message);
