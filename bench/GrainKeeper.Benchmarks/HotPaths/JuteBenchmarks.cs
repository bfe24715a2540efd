using System.Buffers;
using System.Buffers.Binary;
using BenchmarkDotNet.Attributes;
using GrainKeeper.Core.Jute;
using GrainKeeper.Silo.Endpoint;

namespace GrainKeeper.Benchmarks.HotPaths;

/// <summary>Requests off the wire: cutting a read into frames, and decoding a frame.</summary>
[MemoryDiagnoser]
public class JuteBenchmarks
{
    private const int Frames = 32;
    private const int MaxFrame = 1024 * 1024;

    private byte[] _setData = [];
    private byte[] _stream = [];

    [GlobalSetup]
    public void Encode()
    {
        var body = new ArrayBufferWriter<byte>();
        var writer = new JuteWriter(body);
        new RequestHeader(7, OpCode.SetData).Write(writer);
        new SetDataRequest(BenchTxns.PathOf(123_456), new byte[128], dataIsNull: false, -1).Write(writer);
        _setData = body.WrittenSpan.ToArray();
        var frame = new byte[4 + _setData.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, _setData.Length);
        _setData.CopyTo(frame.AsSpan(4));
        _stream = [.. Enumerable.Repeat(frame, Frames).SelectMany(f => f)];
    }

    [Benchmark]
    public int DecodeSetData()
    {
        var reader = new JuteReader(_setData);
        var header = RequestHeader.Read(ref reader);
        var request = SetDataRequest.Read(ref reader);
        return header.Xid + request.Path.Length + request.Data.Length;
    }

    [Benchmark(OperationsPerInvoke = Frames)]
    public int SplitFrames()
    {
        var buffer = new ReadOnlySequence<byte>(_stream);
        var fault = FrameSplitter.Split(ref buffer, MaxFrame, out var frames);
        return fault is null ? frames.Count : throw new InvalidOperationException(fault);
    }
}
