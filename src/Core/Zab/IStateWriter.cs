using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Zab;

/// <summary>A state being built from slices, beside the present one.</summary>
public interface IStateWriter
{
    /// <summary>Takes the next slice, exactly as an <see cref="IStateReader"/> wrote it.</summary>
    /// <exception cref="FormatException">The bytes are no slice.</exception>
    void Write(ReadOnlySpan<byte> slice);

    /// <summary>Replaces the application's state by the one built. Its last applied transaction is then <paramref name="zxid"/>.</summary>
    /// <exception cref="FormatException">Slices are missing.</exception>
    void Complete(Zxid zxid);
}
