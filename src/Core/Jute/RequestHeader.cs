namespace GrainKeeper.Core.Jute;

/// <summary>Before each request but the connect request.</summary>
/// <param name="Xid">The client's number for it; negative ones are reserved (<see cref="ReservedXid"/>).</param>
/// <param name="Type">What it asks.</param>
public readonly record struct RequestHeader(int Xid, OpCode Type)
{
    /// <summary>Writes it.</summary>
    public void Write(in JuteWriter writer)
    {
        writer.WriteInt(Xid);
        writer.WriteInt((int)Type);
    }

    /// <summary>Reads one.</summary>
    /// <exception cref="JuteFormatException">Too few bytes are left.</exception>
    public static RequestHeader Read(scoped ref JuteReader reader) => new(reader.ReadInt(), (OpCode)reader.ReadInt());
}
