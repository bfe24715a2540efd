namespace GrainKeeper.Core.Jute;

/// <summary>Before each operation of a multi and each of its results, and once at the end.</summary>
/// <param name="Type">The operation; −1 for an error result (an int error follows) and at the end.</param>
/// <param name="Done">Whether this is the end.</param>
/// <param name="Error">In a result, how it went; −1 in requests and at the end.</param>
public readonly record struct MultiHeader(OpCode Type, bool Done, ErrorCode Error)
{
    /// <summary>Bytes on the wire.</summary>
    public const int Size = 9;

    /// <summary>What ends the list.</summary>
    public static MultiHeader End => new(OpCode.Error, true, ErrorCode.SystemError);

    /// <summary>The header of an operation in a request.</summary>
    public static MultiHeader Request(OpCode type) => new(type, false, ErrorCode.SystemError);

    /// <summary>Writes it.</summary>
    public void Write(in JuteWriter writer)
    {
        writer.WriteInt((int)Type);
        writer.WriteBool(Done);
        writer.WriteInt((int)Error);
    }

    /// <summary>Reads one.</summary>
    /// <exception cref="JuteFormatException">Too few bytes are left.</exception>
    public static MultiHeader Read(scoped ref JuteReader reader) => new((OpCode)reader.ReadInt(), reader.ReadBool(), (ErrorCode)reader.ReadInt());
}
