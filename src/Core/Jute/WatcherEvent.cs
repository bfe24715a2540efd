namespace GrainKeeper.Core.Jute;

/// <summary>A notification, after a reply header of xid −1.</summary>
/// <param name="type">What happened; WatchEventType.</param>
/// <param name="state">The client's state; 3 is connected.</param>
/// <param name="path">The path in UTF-8.</param>
public readonly ref struct WatcherEvent(int type, int state, ReadOnlySpan<byte> path)
{
    /// <summary>What happened; WatchEventType.</summary>
    public int Type { get; } = type;

    /// <summary>The client's state; 3 is connected.</summary>
    public int State { get; } = state;

    /// <summary>The path in UTF-8.</summary>
    public ReadOnlySpan<byte> Path { get; } = path;

    /// <summary>Writes it.</summary>
    public void Write(in JuteWriter writer)
    {
        writer.WriteInt(Type);
        writer.WriteInt(State);
        writer.WriteBuffer(Path);
    }

    /// <summary>Reads one in place.</summary>
    /// <exception cref="JuteFormatException">The bytes are no such record.</exception>
    public static WatcherEvent Read(scoped ref JuteReader reader)
    {
        var type = reader.ReadInt();
        var state = reader.ReadInt();
        var path = reader.ReadBuffer();
        return new WatcherEvent(type, state, path);
    }
}
