namespace GrainKeeper.Core.Quorum;

/// <summary>What a configuration lets a server do.</summary>
public enum MemberRole
{
    /// <summary>Votes in elections and acknowledges proposals.</summary>
    Participant,

    /// <summary>Receives what is committed; never votes.</summary>
    Observer,
}
