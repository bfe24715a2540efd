namespace GrainKeeper.Core.Jute;

/// <summary>Before each reply but the connect response.</summary>
/// <param name="Xid">The request's number; −1 for a watch event.</param>
/// <param name="Zxid">The last transaction that the server has processed.</param>
/// <param name="Error">How it went. A body follows only when it went well.</param>
public readonly record struct ReplyHeader(int Xid, long Zxid, ErrorCode Error)
{
    /// <summary>Bytes on the wire.</summary>
    public const int Size = 16;

    /// <summary>Writes it.</summary>
    public void Write(in JuteWriter writer)
    {
        writer.WriteInt(Xid);
        writer.WriteLong(Zxid);
        writer.WriteInt((int)Error);
    }

    /// <summary>Reads one.</summary>
    /// <exception cref="JuteFormatException">Too few bytes are left.</exception>
    public static ReplyHeader Read(scoped ref JuteReader reader) => new(reader.ReadInt(), reader.ReadLong(), (ErrorCode)reader.ReadInt());
}
