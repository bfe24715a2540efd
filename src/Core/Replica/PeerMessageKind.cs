namespace GrainKeeper.Core.Replica;

/// <summary>First byte of a message between the replicas of two servers.</summary>
internal enum PeerMessageKind : byte
{
    /// <summary>Learner to leader: writes and syncs, in order. Each is answered by one entry of <see cref="Outcomes"/>, in the same order.</summary>
    Requests = 1,

    /// <summary>Learner to leader: sessions whose clients gave a sign of life.</summary>
    Touches = 2,

    /// <summary>Learner to leader: a client has shown its session's password here.</summary>
    Attach = 3,

    /// <summary>Leader to learner: what became of requests.</summary>
    Outcomes = 4,

    /// <summary>Leader to learner: answers <see cref="Attach"/>.</summary>
    Attached = 5,

    /// <summary>Learner to leader: have a quorum confirm that you lead.</summary>
    Confirm = 6,

    /// <summary>Leader to learner: answers <see cref="Confirm"/>.</summary>
    Confirmed = 7,
}
