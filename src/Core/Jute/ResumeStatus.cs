namespace GrainKeeper.Core.Jute;

/// <summary>How far an answer to <see cref="OpCode.ResumeWatches"/> goes.</summary>
public enum ResumeStatus
{
    /// <summary>There may be more: ask again from the position answered. No watch is set yet.</summary>
    More = 0,

    /// <summary>There are no more: the watches are set, and what happens from here on is told as it happens.</summary>
    Live = 1,

    /// <summary>The server cannot tell what happened since the position asked for. The watches are set from here on.</summary>
    Lost = 2,
}
