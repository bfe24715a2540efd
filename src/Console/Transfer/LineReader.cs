using System.Buffers;
using System.IO.Pipelines;

namespace GrainKeeper.Console.Transfer;

/// <summary>Lines of a stream, none longer than allowed.</summary>
internal sealed class LineReader(Stream input, int longest) : IAsyncDisposable
{
    private readonly PipeReader _pipe = PipeReader.Create(input, new StreamPipeReaderOptions(bufferSize: 64 * 1024, leaveOpen: true));

    /// <summary>The line that was read last, from 1.</summary>
    internal long Number { get; private set; }

    /// <summary>Bytes of the lines read.</summary>
    internal long Bytes { get; private set; }

    /// <summary>The next line without its line feed; null at the end.</summary>
    /// <exception cref="FormatException">It is longer than allowed.</exception>
    internal async Task<byte[]?> ReadAsync(CancellationToken token)
    {
        while (true)
        {
            var read = await _pipe.ReadAsync(token);
            var feed = read.Buffer.PositionOf((byte)'\n');
            var length = feed is { } at ? read.Buffer.Slice(0, at).Length : read.Buffer.Length;
            if (length > longest)
            {
                throw new FormatException($"line {Number + 1} is longer than {longest} bytes: this is no export, or one of another program");
            }

            if (feed is null && !read.IsCompleted)
            {
                _pipe.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                continue;
            }

            if (feed is null && read.Buffer.IsEmpty)
            {
                return null;
            }

            var line = read.Buffer.Slice(0, length).ToArray();
            _pipe.AdvanceTo(feed is { } end ? read.Buffer.GetPosition(1, end) : read.Buffer.End);
            Number++;
            Bytes += length + 1;
            return line;
        }
    }

    public ValueTask DisposeAsync() => _pipe.CompleteAsync();
}
