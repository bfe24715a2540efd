using GrainKeeper.Core.Election;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Tests.Election;

/// <summary>One server of an <see cref="ElectionNetwork"/>: its election, what survives a crash, and what its replica would know.</summary>
internal sealed class ElectionServer(ServerId id)
{
    internal ServerId Id => id;

    internal IElection? Election { get; set; }

    internal int Life { get; set; }

    internal Zxid LastZxid { get; set; }

    internal Epoch Epoch { get; set; }

    /// <summary>Whether a leader has its quorum, or a learner its leader.</summary>
    internal bool Synchronized { get; set; }

    internal long UnsynchronizedSince { get; set; }

    internal List<(ServerId Leader, long Round)> Elections { get; } = [];

    internal bool Up => Election is not null;

    internal ElectionState State => Election?.State ?? throw new InvalidOperationException($"server {id} is down");

    internal ServerId Favourite => Election?.CurrentVote.Leader ?? throw new InvalidOperationException($"server {id} is down");
}
