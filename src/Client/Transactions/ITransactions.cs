using GrainKeeper.Client.Errors;
using GrainKeeper.Contracts.Transactions;
using GrainKeeper.Core.AtomicCommit;

namespace GrainKeeper.Client.Transactions;

/// <summary>
/// Transactions over trees, users' grains and databases, committed at all of them or at none. Needs no session. Every method tries one server after the other, follows the leader, and ends by its timeout or
/// its token; cancelling ends the wait, not the transaction.
/// </summary>
public interface ITransactions
{
    /// <summary>Begins a transaction: gets it an id, under which it runs once however often it is submitted.</summary>
    /// <param name="settings">How it is run; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="ArgumentException">A setting is out of range.</exception>
    /// <exception cref="ConnectionLossException">No server that leads the home tree could be reached in time.</exception>
    Task<TransactionBuilder> BeginAsync(TransactionSettings? settings = null, CancellationToken cancellationToken = default);

    /// <summary>Goes on with a transaction that was begun before, perhaps by another process: give it the same participants and commit it again, to have it done once or to learn what became of it.</summary>
    /// <param name="ticket">Its ticket (<see cref="TransactionBuilder.Ticket"/>).</param>
    /// <param name="settings">As at its beginning.</param>
    /// <exception cref="ArgumentException">A setting is out of range.</exception>
    TransactionBuilder Continue(TransactionTicket ticket, TransactionSettings? settings = null);

    /// <summary>The outcome of a transaction; null when the leader of its home knows nothing of it: it was never submitted, or is over and forgotten, or only a repeated submission finds out.</summary>
    /// <param name="id">Its id, or its ticket: who has only the id, and is not the administrator, is not told why participants voted No.</param>
    /// <param name="timeout">How long to wait for an outcome; then it is in doubt. Null for 10 s.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="FormatException">That is no id.</exception>
    /// <exception cref="ConnectionLossException">No server that leads its home could be reached in time.</exception>
    Task<TransactionOutcome?> GetAsync(string id, TimeSpan? timeout = null, CancellationToken cancellationToken = default);

    /// <summary>Lists the transactions that the servers know: those under way and those that they remember.</summary>
    /// <param name="limit">Most parties that each server lists, the unfinished ones first; 1 to 10,000.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="ConnectionLossException">No server answers.</exception>
    Task<TransactionList> ListAsync(int limit = 1_000, CancellationToken cancellationToken = default);

    /// <summary>Gathers what all servers have seen of a transaction.</summary>
    /// <param name="id">Its id, or its ticket, as with <see cref="GetAsync"/>.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="FormatException">That is no id.</exception>
    /// <exception cref="ConnectionLossException">No server answers.</exception>
    Task<TransactionTimeline> ShowAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Lists the databases that take part in transactions: whether they can at present, and what is prepared in them for how long.</summary>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="ConnectionLossException">No server answers.</exception>
    Task<DatabaseList> ListDatabasesAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Decides by hand for a participant in doubt whose coordinator is gone for good (a heuristic decision; docs/operations.md says when). If the protocol decides otherwise later, the participants disagree for
    /// good, and that is logged as an error and counted. For the administrator.
    /// </summary>
    /// <param name="party">The participant, as <see cref="ListAsync"/> shows it.</param>
    /// <param name="decision">The decision.</param>
    /// <param name="cancellationToken">Ends the wait; it may be decided nevertheless.</param>
    /// <returns>What the participant has decided; in doubt while that is being written.</returns>
    /// <exception cref="TransactionRefusedException">The caller is not the administrator, or the participant is not in doubt.</exception>
    /// <exception cref="ConnectionLossException">The participant's server could not be reached, or did not answer.</exception>
    Task<TransactionOutcome> ResolveAsync(TransactionSummary party, Decision decision, CancellationToken cancellationToken = default);
}
