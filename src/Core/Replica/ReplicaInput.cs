using System.Net;
using GrainKeeper.Core.Replica.Commits;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Core.Replica;

/// <summary>What happens to a replica: everything that its host tells it.</summary>
public abstract record ReplicaInput
{
    private ReplicaInput()
    {
    }

    /// <summary>Something for the replica's ZAB core.</summary>
    /// <param name="Input">The input.</param>
    public sealed record Zab(ZabInput Input) : ReplicaInput;

    /// <summary>A client has connected. Its first frame must be a ConnectRequest.</summary>
    /// <param name="Connection">A number never used before in this process.</param>
    /// <param name="Address">Where it comes from, for <c>ip</c> ACLs.</param>
    /// <param name="Certificate">The subject of the certificate that it has shown and that was verified, in RFC 2253's notation, for <c>x509</c> ACLs; null without one.</param>
    /// <param name="KeptResults">
    /// How many answers a session that it creates shall keep, so that its writes, which the client then numbers without a gap, can be sent again; cut to
    /// <see cref="Tree.TxnReader.MaxKeptResults"/>. 0, and for ZooKeeper's own clients always: none.
    /// </param>
    public sealed record ConnectionOpened(ConnectionId Connection, IPAddress Address, string? Certificate = null, int KeptResults = 0) : ReplicaInput;

    /// <summary>Complete frames of one connection, without their length prefixes, in order. The bytes are not changed afterwards.</summary>
    /// <param name="Connection">The connection.</param>
    /// <param name="Frames">The frames.</param>
    public sealed record ClientFrames(ConnectionId Connection, IReadOnlyList<ReadOnlyMemory<byte>> Frames) : ReplicaInput;

    /// <summary>A client's connection is gone. Its session lives on until it expires or is re-attached.</summary>
    /// <param name="Connection">The connection.</param>
    public sealed record ConnectionClosed(ConnectionId Connection) : ReplicaInput;

    /// <summary>A host of atomic commit asks. Answered by <see cref="ReplicaEffect.Commit"/>.</summary>
    /// <param name="Request">What.</param>
    public sealed record Commit(CommitRequest Request) : ReplicaInput;

    /// <summary>
    /// For the root tree: in these of the ensemble's trees transactions of atomic commit are not finished, as far as this server knows. While it leads, it refuses to delete them (NotEmpty), unless their node has data.
    /// Until it is said, there are none.
    /// </summary>
    /// <param name="Names">The trees' names.</param>
    public sealed record TreesInUse(IReadOnlyCollection<string> Names) : ReplicaInput;

    /// <summary>Begin a snapshot, unless one is under way. Answered by <see cref="ReplicaEffect.SnapshotChunk"/>.</summary>
    public sealed record BeginSnapshot : ReplicaInput;

    /// <summary>The chunk that was given is written: give the next one. After the last one: the snapshot is durable, or given up.</summary>
    public sealed record ContinueSnapshot : ReplicaInput;

    /// <summary>Prepare for a shutdown: a leader hands over, connections are closed.</summary>
    public sealed record ShutDown : ReplicaInput;

    /// <summary><c>ReplicaCore.NextDeadline</c> has come.</summary>
    public sealed record Tick : ReplicaInput;
}
