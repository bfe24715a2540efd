using System.Buffers.Binary;
using GrainKeeper.Grains.Connections;
using ErrorCode = GrainKeeper.Core.Jute.ErrorCode;

namespace GrainKeeper.Cluster.Tests.Costs;

/// <summary>A client that counts its answers; the first one is the handshake's.</summary>
internal sealed class CountingSink : IConnectionSink, IDisposable
{
    private readonly SemaphoreSlim _answers = new(0);
    private bool _connected;

    public ErrorCode FirstError { get; private set; }

    public string? ClosedFor { get; private set; }

    public async Task AnswersAsync(int count, CancellationToken cancellationToken)
    {
        for (var i = 0; i < count; i++)
        {
            await _answers.WaitAsync(cancellationToken);
        }

        Assert.Null(ClosedFor);
        Assert.Equal(ErrorCode.Ok, FirstError);
    }

    public bool TryWrite(ReadOnlySpan<byte> frames)
    {
        while (frames.Length >= sizeof(int))
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(frames);
            if (_connected && FirstError == ErrorCode.Ok)
            {
                FirstError = (ErrorCode)BinaryPrimitives.ReadInt32BigEndian(frames[16..]);
            }

            _connected = true;
            frames = frames[(sizeof(int) + length)..];
            _answers.Release();
        }

        return true;
    }

    public void Dispose() => _answers.Dispose();

    public void Flush()
    {
    }

    public void PauseReading(bool paused)
    {
    }

    public void Close(string reason) => ClosedFor = reason;
}
