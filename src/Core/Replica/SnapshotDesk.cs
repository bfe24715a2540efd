using System.Buffers;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Core.Replica;

/// <summary>
/// Takes snapshots, a slice a step. One is begun only while the server serves, for then everything applied is committed; once begun it goes on
/// through changes of role, for nothing but committed transactions is ever applied.
/// </summary>
internal sealed class SnapshotDesk(ReplicaState state, int every, int sliceBytes, Random random)
{
    private IStateReader? _reader;
    private int _applied;
    private int _due = random.Next((every / 2) + 1, every + 1);

    /// <summary>Whether so many transactions were applied that a snapshot is due. Servers count differently, so that not all write at once.</summary>
    public bool IsDue => _reader is null && _applied >= _due;

    /// <summary>A transaction was applied.</summary>
    public void CountApplied() => _applied++;

    /// <summary>Begins one, unless one is under way.</summary>
    public void Begin(List<Effect> effects)
    {
        if (_reader is null)
        {
            _reader = state.OpenState();
            _applied = 0;
            _due = random.Next((every / 2) + 1, every + 1);
            Continue(effects);
        }
    }

    /// <summary>The last slice is written: gives the next.</summary>
    public void Continue(List<Effect> effects)
    {
        if (_reader is null)
        {
            return;
        }

        // The effect takes the array over: no copy.
        var slice = new ArrayBufferWriter<byte>(sliceBytes + (sliceBytes / 16));
        var more = _reader.ReadNext(slice, sliceBytes);
        var zxid = _reader.Zxid;
        if (!more)
        {
            _reader = null;
        }

        effects.Add(new ReplicaEffect.SnapshotChunk(zxid, slice.WrittenMemory, !more));
    }
}
