namespace GrainKeeper.Silo.Membership;

/// <summary>What a hello frame says.</summary>
internal enum HelloFrameType : byte
{
    /// <summary>Dialler: who I am, whom I call.</summary>
    Hello = 1,

    /// <summary>Listener: who I am, and the proof that I know the secret.</summary>
    Welcome = 2,

    /// <summary>Dialler: the proof that I know the secret.</summary>
    Proof = 3,

    /// <summary>My silo is active: I may be called.</summary>
    Active = 4,

    /// <summary>I am about to stop.</summary>
    Leaving = 5,

    /// <summary>I am still here.</summary>
    Ping = 6,

    /// <summary>I do not talk to you, and why.</summary>
    Refused = 7,

    /// <summary>The server list of the last reconfiguration that I know. Only when there was one.</summary>
    ServerList = 8,
}
