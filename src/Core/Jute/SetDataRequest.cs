namespace GrainKeeper.Core.Jute;

/// <summary>Request setData.</summary>
/// <param name="path">The path in UTF-8.</param>
/// <param name="data">The data; empty when null.</param>
/// <param name="dataIsNull">Whether the data is null rather than empty.</param>
/// <param name="version">The version it must have; −1 for any.</param>
public readonly ref struct SetDataRequest(ReadOnlySpan<byte> path, ReadOnlySpan<byte> data, bool dataIsNull, int version)
{
    /// <summary>The path in UTF-8.</summary>
    public ReadOnlySpan<byte> Path { get; } = path;

    /// <summary>The data; empty when null.</summary>
    public ReadOnlySpan<byte> Data { get; } = data;

    /// <summary>Whether the data is null rather than empty.</summary>
    public bool DataIsNull { get; } = dataIsNull;

    /// <summary>The version it must have; −1 for any.</summary>
    public int Version { get; } = version;

    /// <summary>Writes it.</summary>
    public void Write(in JuteWriter writer)
    {
        writer.WriteBuffer(Path);
        writer.WriteBuffer(Data, DataIsNull);
        writer.WriteInt(Version);
    }

    /// <summary>Reads one in place.</summary>
    /// <exception cref="JuteFormatException">The bytes are no such record.</exception>
    public static SetDataRequest Read(scoped ref JuteReader reader)
    {
        var path = reader.ReadBuffer();
        var data = reader.ReadBuffer(out var dataIsNull);
        var version = reader.ReadInt();
        return new SetDataRequest(path, data, dataIsNull, version);
    }
}
