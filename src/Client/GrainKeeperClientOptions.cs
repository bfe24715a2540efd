using GrainKeeper.Contracts;
using GrainKeeper.Contracts.Trees;
using GrainKeeper.Core.Tree;
using Microsoft.Extensions.Logging;

namespace GrainKeeper.Client;

/// <summary>How a client connects, and its limits.</summary>
public sealed record GrainKeeperClientOptions
{
    /// <summary>The servers and the chroot.</summary>
    public required ConnectString Servers { get; init; }

    /// <summary>The tree. Default <c>root</c>.</summary>
    public string Tree { get; init; } = TreeName.Root;

    /// <summary>The ensemble's name (<c>clusterId</c> of the servers). Default <c>grainkeeper</c>.</summary>
    public string ClusterId { get; init; } = "grainkeeper";

    /// <summary>The session timeout asked for; the servers grant the nearest they allow. 1 s to 1 day; default 10 s.</summary>
    public TimeSpan SessionTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long one server may take to accept the session before the next one is tried. A session that has lost its server tries all
    /// with a quarter of it first, then with twice as much each time round, up to this. 100 ms to 1 min; default 3 s.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long the first connection may take in all. Default 20 s. Later ones go on until the client is closed, but requests that wait fail (see <see cref="QueueTimeout"/>).</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a request may wait without a connection before it fails: with a connection loss when it was not sent yet; a write that was, with a timeout, and it is sent again all
    /// the same as long as the session lives. Default 30 s.</summary>
    public TimeSpan QueueTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Writes that may be sent and not answered at once; further ones wait for their turn. The servers keep the answers to so many of a session's last writes, so that one whose
    /// answer is missing can be sent again. 0 for no limit and no such answers: then a write fails with a connection loss when its answer is missing, and may or may not have been carried
    /// out. Up to 1,024; default 128.</summary>
    public int MaxWritesInFlight { get; init; } = 128;

    /// <summary>Requests that may wait or be under way at once; further ones fail as throttled. 1 to 1,000,000; default 50,000.</summary>
    public int MaxOutstanding { get; init; } = 50_000;

    /// <summary>Watch events that may wait for their callbacks. When more come, the connection is given up and attached anew. Default 100,000.</summary>
    public int MaxPendingEvents { get; init; } = 100_000;

    /// <summary>Largest request, in bytes (the servers' <c>jute.maxbuffer</c>). Default 0xfffff.</summary>
    public int MaxFrame { get; init; } = 0xfffff;

    /// <summary>Who the client is, for the servers' logs; at most 100 characters are kept.</summary>
    public string Description { get; init; } = "GrainKeeper.Client";

    /// <summary>What the session proves its identities with, on each connection, before anything else. At most 16; default none.</summary>
    public IReadOnlyList<ClientCredentials> Credentials { get; init; } = [];

    /// <summary>
    /// Whether a new session begins when the servers have ended the old one. What is under way then fails with a session that has expired, ephemeral nodes are gone, watches are set
    /// again and told what they have missed, as after a lost connection. Default false: the client is then over, as ZooKeeper's is.
    /// </summary>
    public bool RenewSession { get; init; }

    /// <summary>
    /// What reads promise that name nothing else. Default <see cref="ReadConsistency.Sequential"/>. With <see cref="ReadConsistency.Eventual"/> the first connection may be to a server that is out of
    /// touch with a quorum, where that is configured; other requests then wait for one that is.
    /// </summary>
    public ReadConsistency ReadConsistency { get; init; } = ReadConsistency.Sequential;

    /// <summary>Where the session tells what happens to it. Default nowhere.</summary>
    public ILogger? Logger { get; init; }

    /// <summary>Called after each change of <see cref="GrainKeeperClient.State"/>, in order, on the thread of the watch callbacks. It must not block.</summary>
    public Action<ClientState>? StateChanged { get; init; }

    /// <summary>Told what a callback threw; without it such faults go to <see cref="Logger"/>, or else to <see cref="System.Diagnostics.Trace"/>.</summary>
    public Action<Exception>? CallbackFailed { get; init; }

    /// <summary>The clock. Default the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="ArgumentException">A value is out of range; the message names it, the range and the remedy.</exception>
    public void Validate()
    {
        TreeName.Require(Tree);
        Require(ClusterId.Length is >= 1 and <= 64, nameof(ClusterId), ClusterId, "1 to 64 characters");
        Require(SessionTimeout >= TimeSpan.FromSeconds(1) && SessionTimeout <= TimeSpan.FromDays(1), nameof(SessionTimeout), SessionTimeout, "1 s to 1 day");
        Require(AttemptTimeout >= TimeSpan.FromMilliseconds(100) && AttemptTimeout <= TimeSpan.FromMinutes(1), nameof(AttemptTimeout), AttemptTimeout, "100 ms to 1 min");
        Require(ConnectTimeout >= AttemptTimeout && ConnectTimeout <= TimeSpan.FromHours(1), nameof(ConnectTimeout), ConnectTimeout, "AttemptTimeout to 1 h");
        Require(QueueTimeout > TimeSpan.Zero && QueueTimeout <= TimeSpan.FromDays(1), nameof(QueueTimeout), QueueTimeout, "above 0, up to 1 day");
        Require(MaxWritesInFlight is >= 0 and <= TxnReader.MaxKeptResults, nameof(MaxWritesInFlight), MaxWritesInFlight, "0 to 1,024");
        Require(MaxOutstanding is >= 1 and <= 1_000_000, nameof(MaxOutstanding), MaxOutstanding, "1 to 1,000,000");
        Require(MaxPendingEvents is >= 1 and <= 10_000_000, nameof(MaxPendingEvents), MaxPendingEvents, "1 to 10,000,000");
        Require(Enum.IsDefined(ReadConsistency), nameof(ReadConsistency), ReadConsistency, "Eventual, Sequential or Linearizable");
        Require(Credentials.Count <= 16, nameof(Credentials), Credentials.Count, "at most 16");
        Require(MaxFrame >= 1_024 && MaxFrame <= FrameBatch.MaxBytes - 4, nameof(MaxFrame), MaxFrame, $"1,024 to {FrameBatch.MaxBytes - 4}");
    }

    private static void Require<T>(bool holds, string name, T value, string range)
    {
        if (!holds)
        {
            throw new ArgumentException($"client option {name} is {value}: choose {range}");
        }
    }
}
