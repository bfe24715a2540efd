using System.Buffers;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Core.Replica.Results;

/// <summary>
/// The slices of a state that hold the answers kept; none when no session keeps any, so earlier versions read such a state. They come after the tree: an answer that is worked out again
/// over a fuzzy tree could differ from the first one, so the copy of a session's answers must reach at least as far as any part of the tree.
/// </summary>
/// <param name="table">The table, read session by session.</param>
internal sealed class ResultSlices(ResultTable table)
{
    /// <summary>First byte of a slice.</summary>
    public const byte Section = (byte)'R';

    private const byte Format = 1;
    private const int BytesOfSession = 16;
    private const int BytesOfResult = 12;
    private long[]? _sessions;
    private int _next;

    /// <summary>Whether nothing is left.</summary>
    public bool IsDone => (_sessions ??= table.ToSortedArray()).Length == _next;

    /// <summary>Writes the next slice; a session is never divided.</summary>
    public void WriteNext(IBufferWriter<byte> output, int targetBytes)
    {
        var writer = new CompactWriter(output);
        writer.Byte(Section);
        writer.Byte(Format);
        for (var size = 0; !IsDone && size < targetBytes;)
        {
            var id = _sessions![_next++];
            size += BytesOfSession;
            if (table.Find(id) is { } results)
            {
                size += Write(writer, id, results);
            }
        }

        writer.Unsigned(0);
    }

    /// <summary>Reads a slice.</summary>
    /// <exception cref="FormatException">The bytes are none.</exception>
    public static void Read(ReadOnlySpan<byte> slice, ResultTable into)
    {
        var reader = new CompactReader(slice);
        reader.Byte("section");
        var format = reader.Byte("format");
        if (format != Format)
        {
            throw new FormatException($"a slice of answers has format {format}; this program reads format {Format}");
        }

        while (reader.Unsigned32("number of answers kept") is not 0 and var most)
        {
            if (most > TxnReader.MaxKeptResults)
            {
                throw new FormatException($"a session cannot keep {most} answers; 1 to {TxnReader.MaxKeptResults} are possible");
            }

            var id = reader.Fixed64("session id");
            into.Add(id, Read(ref reader, (int)most));
        }

        reader.ExpectEnd("a slice of answers");
    }

    private static int Write(in CompactWriter writer, long id, SessionResults results)
    {
        var bytes = 0;
        writer.Unsigned((uint)results.Most);
        writer.Fixed64(id);
        writer.Unsigned((uint)results.Last);
        writer.Unsigned((uint)results.Count);
        for (var i = 0; i < results.Count; i++)
        {
            var result = results[i];
            writer.Fixed64(result.Zxid.Value);
            writer.Signed((int)result.Error);
            writer.Bytes(result.Body.Span);
            bytes += BytesOfResult + result.Body.Length;
        }

        return bytes;
    }

    private static SessionResults Read(ref CompactReader reader, int most)
    {
        var last = reader.Unsigned32("last write");
        var count = reader.Count(smallest: 10, most, "answers");
        if (last > int.MaxValue || (last == 0) != (count == 0))
        {
            throw new FormatException($"{last} is no number of a last write with {count} answers");
        }

        var results = new SessionResults(most);
        for (var i = 0; i < count; i++)
        {
            var zxid = new Zxid(reader.Fixed64("zxid"));
            var error = (ErrorCode)reader.Signed32("error code");
            results.Append((int)last, new KeptResult(zxid, error, reader.Bytes("answer").ToArray()));
        }

        return results;
    }
}
