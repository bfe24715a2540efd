using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Requests;

namespace GrainKeeper.Core.Replica;

/// <content>What the leader does of its own accord: ends sessions, collects nodes.</content>
internal sealed partial class LeaderDesk
{
    private const int CollectPerStep = 256;
    private const int CollectPause = 5;

    /// <summary>Does what is due.</summary>
    public void Tick()
    {
        _part.Tick();
        TickWaiters();
        if (_now.Monotonic >= _noExpiryBefore)
        {
            Expire();
        }

        if (_now.Monotonic >= _nextCollection)
        {
            Collect();
        }
    }

    /// <summary>Deletes nodes of a closing session ahead of its end while they are too many for one transaction.</summary>
    private void Trim(long sessionId)
    {
        while (CanPropose && _preparer.TryTrimSession(sessionId, _peer.NextZxid, _now.Wall, out var payload))
        {
            Propose(payload);
        }
    }

    private void Expire()
    {
        _sessions.CollectExpired(_now.Monotonic, _expired);
        foreach (var session in _expired)
        {
            // From here on its client's requests fail, though the end itself may have to wait for room.
            _sessions.SetClosing(session);
            SubmitOwn(new WriteRequest(session, 0, OpCode.CloseSession, Credentials.Server, default));
        }

        _expired.Clear();
    }

    private void Collect()
    {
        if (_collected == _collectable.Count)
        {
            _collectable.Clear();
            _collected = 0;
            _moreToLookAt = _state.Tree.FindCollectable(_now.Wall, Math.Min(CollectPerStep, _options.ContainerMaxPerCheck - _found), _collectable);
            _found += _collectable.Count;
        }

        while (_collected < _collectable.Count && HasRoom)
        {
            _message.Clear();
            new JuteWriter(_message).WriteBuffer(_collectable[_collected++]);
            SubmitOwn(new WriteRequest(0, 0, OpCode.DeleteContainer, Credentials.Server, _message.Written.ToArray()));
        }

        if (_collected < _collectable.Count || (_moreToLookAt && _found < _options.ContainerMaxPerCheck))
        {
            _nextCollection = _now.Monotonic + CollectPause;
            return;
        }

        _found = 0;
        _nextCollection = _now.Monotonic + _options.ContainerCheckInterval;
    }

    private void SubmitOwn(in WriteRequest request)
    {
        if (HasRoom)
        {
            Process(new Held(null, request));
        }
        else
        {
            Hold(new Held(null, request));
        }
    }
}
