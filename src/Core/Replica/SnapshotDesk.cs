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
    private ArrayBufferWriter<byte>? _slice;
    private int _applied;
    private int _due = random.Next((every / 2) + 1, every + 1);

    /// <summary>Whether so many transactions were applied that a snapshot is due. Servers count differently, so that not all write at once.</summary>
    public bool IsDue => _slice is null && _applied >= _due;

    /// <summary>A transaction was applied.</summary>
    public void CountApplied() => _applied++;

    /// <summary>Begins one, unless one is under way, which it is until its last slice is durable.</summary>
    public void Begin(List<Effect> effects)
    {
        if (_slice is null)
        {
            _reader = state.OpenState();
            _slice = new ArrayBufferWriter<byte>(sliceBytes + (sliceBytes / 16));
            _applied = 0;
            _due = random.Next((every / 2) + 1, every + 1);
            Continue(effects);
        }
    }

    /// <summary>The last slice is written: gives the next. The very last is durable: the next snapshot may begin.</summary>
    public void Continue(List<Effect> effects)
    {
        if (_slice is null || _reader is null)
        {
            _slice = null;
            return;
        }

        // The bytes of the slice before are written: its array serves again, for large arrays are dear to collect.
        _slice.ResetWrittenCount();
        var more = _reader.ReadNext(_slice, sliceBytes);
        var zxid = _reader.Zxid;
        if (!more)
        {
            _reader = null;
        }

        effects.Add(new ReplicaEffect.SnapshotChunk(zxid, _slice.WrittenMemory, !more));
    }
}
