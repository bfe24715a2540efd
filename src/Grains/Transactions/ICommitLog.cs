using GrainKeeper.Core.AtomicCommit;

namespace GrainKeeper.Grains.Transactions;

/// <summary>
/// The log of the parties of one host, for one leadership. What it holds at its beginning is given with it (<see cref="CommitHost.Lead"/>), so that nothing written by an earlier leadership
/// can turn up later. Calls are carried out in their order.
/// </summary>
internal interface ICommitLog
{
    /// <summary>Writes a record and makes it durable, with all before it.</summary>
    Task<CommitLogOutcome> WriteAsync(CommitLogEntry entry);

    /// <summary>Writes a record some time; a crash may lose it.</summary>
    void Append(CommitLogEntry entry);

    /// <summary>
    /// Reads a party's records, behind everything that was written here before, and only while the leadership lasts: what is missing in the answer was not, and will not be, written.
    /// </summary>
    /// <returns>Null when that cannot be said: the leadership may be over.</returns>
    Task<IReadOnlyList<CommitRecord>?> ReadAsync(PartyKey key);

    /// <summary>Removes a party's records some time.</summary>
    void Forget(PartyKey key);
}
