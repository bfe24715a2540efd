using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Zab;

/// <summary>A state being built from slices, beside the present one.</summary>
public interface IStateWriter
{
    /// <summary>Tells how much will come, so that room can be made for it at once. Need not be called, and need not be true.</summary>
    /// <param name="bytes">The bytes of all slices, about.</param>
    void Expect(long bytes)
    {
    }

    /// <summary>Takes the next slice, exactly as an <see cref="IStateReader"/> wrote it.</summary>
    /// <exception cref="FormatException">The bytes are no slice.</exception>
    void Write(ReadOnlySpan<byte> slice);

    /// <summary>Replaces the application's state by the one built. Its last applied transaction is then <paramref name="zxid"/>.</summary>
    /// <exception cref="FormatException">Slices are missing.</exception>
    void Complete(Zxid zxid);
}
