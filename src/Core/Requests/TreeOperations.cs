using System.Buffers;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Core.Requests;

/// <summary>
/// What a tree shall do in an atomic commit: operations as in a multi (create, create2, createContainer, createTTL, delete, setData, check), and for whom. The payload of a
/// tree's part in a transaction, and its redo. Whoever encodes it vouches for the identities.
/// </summary>
public sealed class TreeOperations
{
    private const byte Format = 1;

    private TreeOperations(Credentials who, ReadOnlyMemory<byte> list, int count)
    {
        Who = who;
        List = list;
        Count = count;
    }

    /// <summary>The identities that ACLs are checked against.</summary>
    public Credentials Who { get; }

    /// <summary>The operations as the body of a multi request.</summary>
    public ReadOnlyMemory<byte> List { get; }

    /// <summary>How many there are.</summary>
    public int Count { get; }

    /// <summary>The bytes of a payload.</summary>
    /// <param name="who">The identities, which were proven.</param>
    /// <param name="list">The operations as the body of a multi request.</param>
    public static byte[] Encode(Credentials who, ReadOnlySpan<byte> list)
    {
        ArgumentNullException.ThrowIfNull(who);
        var output = new ArrayBufferWriter<byte>(list.Length + 64);
        var writer = new CompactWriter(output);
        writer.Byte(Format);
        writer.Bytes(who.Encoded);
        writer.Raw(list);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Reads a payload. The operations are a slice of it.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static TreeOperations Decode(ReadOnlyMemory<byte> payload)
    {
        var reader = new CompactReader(payload.Span);
        var format = reader.Byte("format");
        if (format != Format)
        {
            throw new FormatException($"operations of a tree have format {format}, this server reads {Format}: run the same version on every server");
        }

        var who = Credentials.Decode(reader.Bytes("credentials"));
        var list = payload[reader.Position..];
        return new TreeOperations(who, list, CountOf(list.Span));
    }

    /// <summary>The operations as a request of no session.</summary>
    internal WriteRequest ToRequest() => new(0, 0, OpCode.Multi, Who, List);

    private static int CountOf(ReadOnlySpan<byte> list)
    {
        try
        {
            var reader = new JuteReader(list);
            var count = 0;
            while (MultiHeader.Read(ref reader) is { Done: false, Type: var type })
            {
                if (!RequestRecords.IsMultiPart(type))
                {
                    throw new FormatException($"operation {count + 1} is of type {(int)type}, which is none for a tree in a transaction");
                }

                RequestRecords.Skip(type, ref reader);
                count++;
            }

            return reader.Remaining == 0 ? count : throw new FormatException($"operations of a tree: {reader.Remaining} bytes follow the last one");
        }
        catch (JuteFormatException e)
        {
            throw new FormatException($"operations of a tree: {e.Message}", e);
        }
    }
}
