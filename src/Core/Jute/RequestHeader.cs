namespace GrainKeeper.Core.Jute;

/// <summary>Before each request but the connect request.</summary>
/// <param name="Xid">The client's number for it; negative ones are reserved (<see cref="ReservedXid"/>).</param>
/// <param name="Type">What it asks.</param>
/// <param name="IsLinearizable">
/// GrainKeeper's own: whether a read is answered only when the leader has confirmed with a quorum, after the request came, that it leads, and all that was committed until then is applied.
/// On the wire it is a bit of the type that no operation of ZooKeeper's has.
/// </param>
public readonly record struct RequestHeader(int Xid, OpCode Type, bool IsLinearizable = false)
{
    private const int LinearizableBit = 1 << 24;

    /// <summary>Writes it.</summary>
    public void Write(in JuteWriter writer)
    {
        writer.WriteInt(Xid);
        writer.WriteInt(IsLinearizable ? (int)Type | LinearizableBit : (int)Type);
    }

    /// <summary>Reads one.</summary>
    /// <exception cref="JuteFormatException">Too few bytes are left.</exception>
    public static RequestHeader Read(scoped ref JuteReader reader)
    {
        var xid = reader.ReadInt();
        var type = reader.ReadInt();
        return type is >= LinearizableBit and < 2 * LinearizableBit ? new RequestHeader(xid, (OpCode)(type - LinearizableBit), true) : new RequestHeader(xid, (OpCode)type);
    }
}
