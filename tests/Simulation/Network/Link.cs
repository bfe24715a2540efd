namespace GrainKeeper.Simulation.Network;

/// <summary>One direction between two servers.</summary>
public sealed class Link
{
    /// <summary>Whether a partition swallows what is sent.</summary>
    public bool Blocked { get; set; }

    /// <summary>Until when the connection is down after a break; 0 when it is up.</summary>
    public long DownUntil { get; set; }

    /// <summary>When the last message arrives: none sent later arrives earlier, unless chaos reigns.</summary>
    public long LastArrival { get; set; }

    /// <summary>Whether the sender will still be told that something was lost.</summary>
    public bool LossPending { get; set; }
}
