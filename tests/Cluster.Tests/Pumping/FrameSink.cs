using System.Buffers.Binary;
using System.Threading.Channels;
using GrainKeeper.Cluster.Tests.Ensembles;
using GrainKeeper.Grains.Connections;

namespace GrainKeeper.Cluster.Tests.Pumping;

/// <summary>A client that keeps the frames it is sent, without their length prefixes.</summary>
internal sealed class FrameSink : IConnectionSink
{
    private readonly Channel<byte[]> _frames = Channel.CreateUnbounded<byte[]>();

    /// <summary>The next frame.</summary>
    public Task<byte[]> TakeAsync() => _frames.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromMilliseconds(Ensemble.Patience));

    public bool TryWrite(ReadOnlySpan<byte> frames)
    {
        while (!frames.IsEmpty)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(frames);
            _frames.Writer.TryWrite(frames.Slice(sizeof(int), length).ToArray());
            frames = frames[(sizeof(int) + length)..];
        }

        return true;
    }

    public void Flush()
    {
    }

    public void PauseReading(bool paused)
    {
    }

    public void Close(string reason)
    {
    }
}
