using System.Buffers;
using System.Buffers.Binary;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Simulation.Servers;

/// <summary>The trivial state machine: a hash over everything applied, in order. Any lost, doubled or swapped transaction changes it.</summary>
public sealed class BareState
{
    private const int slices = 5;

    /// <summary>The last transaction in it.</summary>
    public Zxid LastApplied { get; private set; }

    /// <summary>The hash.</summary>
    public ulong Hash { get; private set; } = 14695981039346656037UL;

    /// <summary>Applies a transaction.</summary>
    public void Apply(Txn txn)
    {
        if (txn.Zxid <= LastApplied)
        {
            throw new PropertyViolatedException("one apply path", $"{txn.Zxid} is applied to a state at {LastApplied}");
        }

        LastApplied = txn.Zxid;
        Mix((ulong)txn.Zxid.Value);
        foreach (var b in txn.Payload.Span)
        {
            Mix(b);
        }
    }

    /// <summary>Begins a copy.</summary>
    public IStateReader Open() => new Reader(LastApplied, Hash);

    /// <summary>Begins to build a state from a copy.</summary>
    public IStateWriter BeginRestore() => new Writer(this);

    private void Mix(ulong fact) => Hash = (Hash ^ fact) * 1099511628211UL;

    private sealed class Reader(Zxid zxid, ulong hash) : IStateReader
    {
        private int _slice;

        public Zxid Zxid { get; } = zxid;

        public bool ReadNext(IBufferWriter<byte> output, int targetBytes)
        {
            var span = output.GetSpan(9);
            span[0] = (byte)_slice;
            BinaryPrimitives.WriteUInt64LittleEndian(span[1..], hash);
            output.Advance(9);
            return ++_slice < slices;
        }
    }

    private sealed class Writer(BareState state) : IStateWriter
    {
        private int _slice;
        private ulong _hash;

        public void Write(ReadOnlySpan<byte> slice)
        {
            if (slice.Length != 9 || slice[0] != _slice)
            {
                throw new FormatException($"slice {_slice} of the state expected");
            }

            _slice++;
            _hash = BinaryPrimitives.ReadUInt64LittleEndian(slice[1..]);
        }

        public void Complete(Zxid zxid)
        {
            if (_slice != slices)
            {
                throw new FormatException($"{_slice} of {slices} slices of the state have come");
            }

            state.Hash = _hash;
            state.LastApplied = zxid;
        }
    }
}
