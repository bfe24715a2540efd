using BenchmarkDotNet.Attributes;
using GrainKeeper.Core.Zab;
using GrainKeeper.Storage.Log;

namespace GrainKeeper.Benchmarks.HotPaths;

/// <summary>Log records in memory: encoding with checksum, and decoding as recovery does it.</summary>
[MemoryDiagnoser]
public class RecordBenchmarks : IDisposable
{
    private const ulong Salt = 0x1234_5678_9abc_def0;
    private const int Records = 1_000;

    private readonly byte[] _payload = new byte[256];
    private readonly MemoryFile _file = new(LogFormat.HeaderSize + (Records * LogFormat.RecordSize(256)));

    [GlobalSetup]
    public void Fill() => Encode();

    public void Dispose()
    {
        _file.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark(OperationsPerInvoke = Records)]
    public void Encode()
    {
        var size = LogFormat.RecordSize(_payload.Length);
        for (var i = 0; i < Records; i++)
        {
            var offset = LogFormat.HeaderSize + (i * size);
            LogFormat.WriteRecord(_file.Content.AsSpan(offset), Salt, offset, (1L << 32) + i + 1, (uint)TxnKind.Application, 0, _payload);
        }
    }

    [Benchmark(OperationsPerInvoke = Records)]
    public int Decode()
    {
        var scanner = new RecordScanner(_file, Salt, LogFormat.HeaderSize, _file.Length, previous: null);
        var count = 0;
        while (scanner.MoveNext())
        {
            count++;
        }

        return count == Records ? count : throw new InvalidOperationException($"{count} of {Records} records were read: {scanner.Damage}");
    }
}
