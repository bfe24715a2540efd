namespace GrainKeeper.Simulation.Clients;

/// <summary>What a client is about.</summary>
public enum ClientPhase
{
    /// <summary>Sends requests as it likes.</summary>
    Working,

    /// <summary>Has gone away without a word; its session must expire.</summary>
    Away,

    /// <summary>Sends only what it was told to send, until all of it is answered.</summary>
    Finishing,
}
