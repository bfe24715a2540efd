using System.Buffers;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Core.Replica.Commits;

/// <summary>The slices of a state that hold the records of atomic commit; none when there are no records, so earlier versions read such a state.</summary>
internal sealed class CommitSlices(StoredCommit[] commits)
{
    /// <summary>First byte of a slice.</summary>
    public const byte Section = (byte)'A';

    private const byte Format = 1;
    private int _commit;
    private int _entry;

    public bool IsDone => _commit == commits.Length;

    /// <summary>Writes the next slice; a record is never divided.</summary>
    public void WriteNext(IBufferWriter<byte> output, int targetBytes)
    {
        var writer = new CompactWriter(output);
        writer.Byte(Section);
        writer.Byte(Format);
        for (var size = 0; !IsDone && size < targetBytes;)
        {
            var entry = commits[_commit].Entries[_entry++];
            writer.Unsigned((uint)entry.Length + 1UL);
            writer.Raw(entry.Span);
            size += entry.Length;
            if (_entry == commits[_commit].Entries.Count)
            {
                if (commits[_commit].IsFinished)
                {
                    var key = new ArrayBufferWriter<byte>();
                    CommitLogCodec.EncodeKey(key, commits[_commit].Key);
                    writer.Unsigned(1);
                    writer.Bytes(key.WrittenSpan);
                }

                _commit++;
                _entry = 0;
            }
        }

        writer.Unsigned(0);
    }

    /// <summary>Reads a slice.</summary>
    /// <exception cref="FormatException">The bytes are none.</exception>
    public static void Read(ReadOnlySpan<byte> slice, CommitTable into)
    {
        var reader = new CompactReader(slice);
        reader.Byte("section");
        var format = reader.Byte("format");
        if (format != Format)
        {
            throw new FormatException($"a slice of atomic commit has format {format}; this program reads format {Format}");
        }

        while (true)
        {
            var entry = reader.NullableBytes("record", out var isEnd);
            if (isEnd)
            {
                break;
            }

            if (entry.IsEmpty)
            {
                into.Finish(CommitLogCodec.DecodeKey(reader.Bytes("key").ToArray()));
                continue;
            }

            var bytes = entry.ToArray();
            into.Append(CommitLogCodec.KeyOf(bytes), bytes);
        }

        reader.ExpectEnd("a slice of atomic commit");
    }
}
