using GrainKeeper.Client;
using GrainKeeper.Core.AtomicCommit;

namespace GrainKeeper.Benchmarks.Transactions;

/// <summary>What the benchmark of transactions runs.</summary>
/// <param name="Servers">The servers' gateways.</param>
/// <param name="Processes">Server processes whose processor time is read.</param>
/// <param name="Credentials">The administrator, <c>user:password</c>, who creates the trees that are missing.</param>
/// <param name="Protocols">The protocols, side by side.</param>
/// <param name="Participants">Numbers of participants.</param>
/// <param name="Clients">Numbers of transactions under way at once.</param>
/// <param name="Slow">Delays of one participant's vote, in milliseconds; 0 for none.</param>
/// <param name="Size">Bytes of a value.</param>
/// <param name="Warmup">Unmeasured time before each row.</param>
/// <param name="Measured">Measured time of each row.</param>
internal sealed record TxOptions(
    ConnectString Servers,
    IReadOnlyList<int> Processes,
    string Credentials,
    IReadOnlyList<CommitProtocol> Protocols,
    IReadOnlyList<int> Participants,
    IReadOnlyList<int> Clients,
    IReadOnlyList<int> Slow,
    int Size,
    TimeSpan Warmup,
    TimeSpan Measured);
