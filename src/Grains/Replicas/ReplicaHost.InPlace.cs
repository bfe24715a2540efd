using GrainKeeper.Core;
using GrainKeeper.Core.Replica;
using GrainKeeper.Grains.Connections;

namespace GrainKeeper.Grains.Replicas;

/// <content>Answers reads on the thread that brings them.</content>
internal sealed partial class ReplicaHost
{
    private readonly List<Effect> _left = [];

    /// <summary>
    /// Handles a client's frames on the caller's thread, if the pump sleeps and the frames ask for nothing but what this server answers alone: to wake a thread costs more than most reads.
    /// </summary>
    /// <returns>False when they have to be queued.</returns>
    public bool TryHandleInPlace(ReplicaConnection connection, IReadOnlyList<ReadOnlyMemory<byte>> frames)
    {
        if (!LocalRequests.All(frames) || !TryBeginInPlace())
        {
            return false;
        }

        Exception? failure = null;
        var known = true;
        try
        {
            known = _connections.Find(connection.Id) is not null;
            if (known)
            {
                StepInPlace(new ReplicaInput.ClientFrames(connection.Id, frames));
                _connections.Flush();
                _gauge.Sample(_core!);
            }
        }
        catch (Exception error)
        {
            failure = error;
        }

        EndInPlace(failure);
        return known;
    }

    protected override async ValueTask BeginRoundAsync()
    {
        if (_left.Count == 0)
        {
            return;
        }

        foreach (var effect in _left)
        {
            Execute(effect);
        }

        _left.Clear();
        if (_restartReason is not null)
        {
            await ReloadAsync();
        }
    }

    private void StepInPlace(ReplicaInput.ClientFrames frames)
    {
        _core!.Step(frames, Clock, _effects, _listener!.HasNews);
        foreach (var effect in _effects)
        {
            // In their order: what follows one that is left is left too.
            if (_left.Count == 0 && effect is ReplicaEffect.SendToClient or ReplicaEffect.PauseReading or ReplicaEffect.CloseConnection)
            {
                Execute(effect);
            }
            else
            {
                _left.Add(effect);
            }
        }

        _effects.Clear();
        if (_left.Count > 0)
        {
            Wake();
        }
    }
}
