namespace GrainKeeper.Transactions.Tests.Hosting;

/// <summary>What becomes of a forced record.</summary>
internal enum LogTrouble
{
    None,
    Refused,
    WrittenButUnknown,
    LostAndUnknown,
    WrittenAndSilent,
    LostAndSilent,
}
