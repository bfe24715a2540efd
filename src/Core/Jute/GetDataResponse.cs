namespace GrainKeeper.Core.Jute;

/// <summary>Response getData.</summary>
/// <param name="data">The data; empty when null.</param>
/// <param name="dataIsNull">Whether the data is null rather than empty.</param>
/// <param name="stat">The node's stat.</param>
public readonly ref struct GetDataResponse(ReadOnlySpan<byte> data, bool dataIsNull, Stat stat)
{
    /// <summary>The data; empty when null.</summary>
    public ReadOnlySpan<byte> Data { get; } = data;

    /// <summary>Whether the data is null rather than empty.</summary>
    public bool DataIsNull { get; } = dataIsNull;

    /// <summary>The node's stat.</summary>
    public Stat Stat { get; } = stat;

    /// <summary>Writes it.</summary>
    public void Write(in JuteWriter writer)
    {
        writer.WriteBuffer(Data, DataIsNull);
        Stat.Write(writer);
    }

    /// <summary>Reads one in place.</summary>
    /// <exception cref="JuteFormatException">The bytes are no such record.</exception>
    public static GetDataResponse Read(scoped ref JuteReader reader)
    {
        var data = reader.ReadBuffer(out var dataIsNull);
        var stat = Stat.Read(ref reader);
        return new GetDataResponse(data, dataIsNull, stat);
    }
}
