using GrainKeeper.Core.AtomicCommit;

namespace GrainKeeper.Lab.Commits;

/// <summary>A transaction of a scenario: each participant sets its value to the transaction's name.</summary>
/// <param name="Name">Its name in the scenario.</param>
/// <param name="Id">Its id.</param>
/// <param name="Request">What is submitted.</param>
/// <param name="No">Participants that will vote No.</param>
internal sealed record LabTransaction(string Name, TransactionId Id, TransactionRequest Request, IReadOnlyList<string> No)
{
    internal TransactionTerms Terms => Request.Terms;

    /// <summary>What the caller was told last; null for nothing yet.</summary>
    internal Outcome? Outcome { get; set; }
}
