using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Requests;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Core.Replica;

/// <summary>A learner's way to its leader: what a step gathers goes in one message, signs of life in one message an interval.</summary>
internal sealed class RemoteLeaderLink(ServerId leader, ZabPeer peer, int touchInterval) : ILeaderLink
{
    private const int BatchBytes = 512 * 1024;
    private readonly ByteBuffer _batch = new();
    private readonly ByteBuffer _message = new();
    private readonly List<ReadOnlyMemory<byte>> _ready = [];
    private readonly HashSet<long> _touched = [];
    private readonly List<long> _sorted = [];
    private long? _touchesDue;
    private long _ticket;

    /// <summary>The leader.</summary>
    public ServerId Leader => leader;

    /// <summary>Monotonic ms at which signs of life are to be sent, or null.</summary>
    public long? NextDeadline => _touched.Count > 0 ? _touchesDue : null;

    public void Submit(in WriteRequest request)
    {
        PeerMessages.WriteRequest(_batch, request);
        if (_batch.Length >= BatchBytes)
        {
            EndBatch();
        }
    }

    public void Attach(ConnectionId connection, long sessionId)
    {
        _message.Clear();
        PeerMessages.WriteAttach(_message, connection, sessionId);
        _ready.Add(_message.Written.ToArray());
    }

    public void Confirm(long ticket) => _ticket = ticket;

    public void Touch(long sessionId) => _touched.Add(sessionId);

    /// <summary>Sends what was gathered.</summary>
    public void Flush(Now now, List<Effect> effects)
    {
        EndBatch();
        if (_ticket > 0)
        {
            _message.Clear();
            PeerMessages.WriteConfirm(_message, _ticket);
            _ready.Add(_message.Written.ToArray());
            _ticket = 0;
        }

        if (_touched.Count > 0)
        {
            _touchesDue ??= now.Monotonic + touchInterval;
            if (_touchesDue <= now.Monotonic)
            {
                EndTouches();
            }
        }

        foreach (var message in _ready)
        {
            peer.SendApplication(leader, message, effects);
        }

        _ready.Clear();
    }

    private void EndBatch()
    {
        if (_batch.Length > 0)
        {
            _ready.Add(_batch.Written.ToArray());
            _batch.Clear();
        }
    }

    private void EndTouches()
    {
        _sorted.AddRange(_touched);
        _sorted.Sort();
        _message.Clear();
        PeerMessages.WriteTouches(_message, _sorted);
        _ready.Add(_message.Written.ToArray());
        _sorted.Clear();
        _touched.Clear();
        _touchesDue = null;
    }
}
