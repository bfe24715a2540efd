namespace GrainKeeper.Lab.Network;

/// <summary>Somebody who sends and receives.</summary>
internal interface ILabEnd
{
    /// <summary>Its name in the scenario.</summary>
    string Name { get; }

    /// <summary>Whether its process runs.</summary>
    bool Running { get; }

    /// <summary>How often it has started: what was sent to an earlier life does not reach a later one.</summary>
    int Incarnation { get; }

    /// <summary>Whether it is told when links break and come up, as servers of an ensemble are.</summary>
    bool HearsOfLinks { get; }

    /// <summary>The link to a peer broke: messages are lost.</summary>
    void PeerLost(string peer);

    /// <summary>The link to a peer has come up.</summary>
    void PeerConnected(string peer);
}
