namespace GrainKeeper.Storage.Files;

/// <summary>An open file. Everything storage does to a disk goes through here, so that tests can make every call fail.</summary>
internal interface IStorageFile : IDisposable
{
    string Path { get; }

    long Length { get; }

    /// <summary>Fills the buffer unless the file ends before.</summary>
    /// <returns>How many bytes were read.</returns>
    int Read(long offset, Span<byte> buffer);

    /// <summary>Writes all bytes or throws.</summary>
    void Write(long offset, ReadOnlySpan<byte> data);

    void SetLength(long length);

    /// <summary>Makes the content durable, and what of the metadata is needed to read it (fdatasync).</summary>
    void FlushData();

    /// <summary>Makes content and metadata durable (fsync).</summary>
    void Flush();
}
