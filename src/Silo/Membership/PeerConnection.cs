using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Silo.Membership;

/// <summary>One hello connection that has passed the handshake. Its flags belong to <see cref="EnsemblePeers"/>.</summary>
internal sealed class PeerConnection(ServerId peer, SiloAddress silo, bool dialled, Action abort)
{
    public ServerId Peer => peer;

    public SiloAddress Silo => silo;

    public bool Dialled => dialled;

    public Action Abort => abort;

    public bool Active { get; set; }

    public bool Closed { get; set; }

    /// <summary>Done when nothing is sent or heard any more.</summary>
    public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
