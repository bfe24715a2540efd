using System.Buffers;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Zab;

/// <summary>A fuzzy copy of the application's state under way.</summary>
public interface IStateReader
{
    /// <summary>The last transaction that is surely in the copy: the log must be replayed from the one after it.</summary>
    Zxid Zxid { get; }

    /// <summary>Writes the next slice, about <paramref name="targetBytes"/> long.</summary>
    /// <returns>False when the copy is complete with this slice.</returns>
    bool ReadNext(IBufferWriter<byte> output, int targetBytes);
}
