using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;
using GrainKeeper.Storage;

namespace GrainKeeper.Storage.Tests.Fakes;

/// <summary>A state that is the set of the transactions applied to it: whatever is missing or too much shows.</summary>
internal sealed class FakeState : IStorageState
{
    private SortedDictionary<long, string> _applied = [];

    public IReadOnlyDictionary<long, string> Applied => _applied;

    public Zxid LastApplied { get; private set; }

    public int SlicesRestored { get; private set; }

    public List<Zxid> Replayed { get; } = [];

    public void Apply(Txn txn)
    {
        _applied[txn.Zxid.Value] = Encoding.UTF8.GetString(txn.Payload.Span);
        LastApplied = txn.Zxid;
    }

    public void Replay(Txn txn)
    {
        if (Replayed.Count > 0)
        {
            Assert.True(Replayed[^1].IsDirectlyBefore(txn.Zxid), $"{txn.Zxid} replayed after {Replayed[^1]}");
        }

        Replayed.Add(txn.Zxid);
        Apply(txn);
    }

    /// <summary>The state in slices of so many transactions.</summary>
    public List<byte[]> Slices(int perSlice)
    {
        var slices = new List<byte[]>();
        foreach (var chunk in _applied.Chunk(perSlice))
        {
            var writer = new ArrayBufferWriter<byte>();
            foreach (var (zxid, text) in chunk)
            {
                var bytes = Encoding.UTF8.GetBytes(text);
                BinaryPrimitives.WriteInt64LittleEndian(writer.GetSpan(8), zxid);
                writer.Advance(8);
                BinaryPrimitives.WriteInt32LittleEndian(writer.GetSpan(4), bytes.Length);
                writer.Advance(4);
                writer.Write(bytes);
            }

            slices.Add(writer.WrittenSpan.ToArray());
        }

        return slices;
    }

    public IStateWriter BeginRestore() => new Restore(this);

    private sealed class Restore(FakeState owner) : IStateWriter
    {
        private readonly SortedDictionary<long, string> _applied = [];
        private int _slices;

        public void Write(ReadOnlySpan<byte> slice)
        {
            _slices++;
            while (!slice.IsEmpty)
            {
                if (slice.Length < 12 || BinaryPrimitives.ReadInt32LittleEndian(slice[8..]) is var length && (length < 0 || length > slice.Length - 12))
                {
                    throw new FormatException("no entry of the fake state");
                }

                _applied[BinaryPrimitives.ReadInt64LittleEndian(slice)] = Encoding.UTF8.GetString(slice.Slice(12, length));
                slice = slice[(12 + length)..];
            }
        }

        public void Complete(Zxid zxid)
        {
            owner._applied = _applied;
            owner.LastApplied = zxid;
            owner.SlicesRestored = _slices;
        }
    }
}
