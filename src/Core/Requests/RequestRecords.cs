using GrainKeeper.Core.Jute;

namespace GrainKeeper.Core.Requests;

/// <summary>The structure of write requests on the wire, so that a server refuses a malformed one before it goes to the leader.</summary>
internal static class RequestRecords
{
    /// <summary>Reads a path as a part of the body.</summary>
    public static ReadOnlyMemory<byte> ReadPath(ReadOnlyMemory<byte> body, ref JuteReader reader)
    {
        var length = reader.ReadBuffer().Length;
        return body.Slice(reader.Position - length, length);
    }

    /// <summary>Whether a change can only be made by the leader.</summary>
    public static bool IsWrite(OpCode type) => type is OpCode.Create or OpCode.Create2 or OpCode.CreateContainer or OpCode.CreateTtl
        or OpCode.Delete or OpCode.SetData or OpCode.SetAcl or OpCode.Multi or OpCode.Reconfig;

    /// <summary>Whether an operation may be part of a multi.</summary>
    public static bool IsMultiPart(OpCode type) => type is OpCode.Create or OpCode.Create2 or OpCode.CreateContainer or OpCode.CreateTtl
        or OpCode.Delete or OpCode.SetData or OpCode.Check;

    /// <summary>Reads through a write request's record.</summary>
    /// <exception cref="JuteFormatException">It is malformed.</exception>
    public static void Check(OpCode type, ReadOnlyMemory<byte> body)
    {
        var reader = new JuteReader(body.Span);
        if (type != OpCode.Multi)
        {
            Skip(type, body, ref reader);
            return;
        }

        while (NextOfMulti(ref reader, out var part))
        {
            if (!IsMultiPart(part))
            {
                // What follows cannot be read; the leader answers for it in the session's order.
                return;
            }

            Skip(part, body, ref reader);
        }
    }

    /// <summary>Reads the header of a multi's next operation.</summary>
    /// <returns>False at the end of the list.</returns>
    public static bool NextOfMulti(ref JuteReader reader, out OpCode type)
    {
        type = (OpCode)reader.ReadInt();
        var done = reader.ReadBool();
        reader.ReadInt();
        return !done;
    }

    /// <summary>Reads through one operation's record.</summary>
    public static void Skip(OpCode type, ReadOnlyMemory<byte> body, ref JuteReader reader)
    {
        switch (type)
        {
            case OpCode.Create or OpCode.Create2 or OpCode.CreateContainer or OpCode.CreateTtl:
                _ = new CreateRecord(type, body, ref reader);
                break;
            case OpCode.Delete or OpCode.Check:
                reader.ReadBuffer();
                reader.ReadInt();
                break;
            case OpCode.SetData:
                reader.ReadBuffer();
                reader.ReadBuffer();
                reader.ReadInt();
                break;
            case OpCode.SetAcl:
                reader.ReadBuffer();
                AclResolver.Skip(body.Span, ref reader);
                reader.ReadInt();
                break;
            case OpCode.Reconfig:
                reader.ReadBuffer();
                reader.ReadBuffer();
                reader.ReadBuffer();
                reader.ReadLong();
                break;
            default:
                throw new JuteFormatException($"operation {(int)type} is no write");
        }
    }
}
