namespace GrainKeeper.Core.Jute;

/// <summary>Request reconfig.</summary>
/// <param name="joining">Servers that join, comma-separated.</param>
/// <param name="leaving">Ids that leave, comma-separated.</param>
/// <param name="newMembers">All members, instead of the other two.</param>
/// <param name="currentConfiguration">The version of the configuration it is based on; −1 for any.</param>
public readonly ref struct ReconfigRequest(
    ReadOnlySpan<byte> joining,
    ReadOnlySpan<byte> leaving,
    ReadOnlySpan<byte> newMembers,
    long currentConfiguration)
{
    /// <summary>Servers that join, comma-separated.</summary>
    public ReadOnlySpan<byte> Joining { get; } = joining;

    /// <summary>Ids that leave, comma-separated.</summary>
    public ReadOnlySpan<byte> Leaving { get; } = leaving;

    /// <summary>All members, instead of the other two.</summary>
    public ReadOnlySpan<byte> NewMembers { get; } = newMembers;

    /// <summary>The version of the configuration it is based on; −1 for any.</summary>
    public long CurrentConfiguration { get; } = currentConfiguration;

    /// <summary>Writes it.</summary>
    public void Write(in JuteWriter writer)
    {
        writer.WriteBuffer(Joining);
        writer.WriteBuffer(Leaving);
        writer.WriteBuffer(NewMembers);
        writer.WriteLong(CurrentConfiguration);
    }

    /// <summary>Reads one in place.</summary>
    /// <exception cref="JuteFormatException">The bytes are no such record.</exception>
    public static ReconfigRequest Read(scoped ref JuteReader reader)
    {
        var joining = reader.ReadBuffer();
        var leaving = reader.ReadBuffer();
        var newMembers = reader.ReadBuffer();
        var currentConfiguration = reader.ReadLong();
        return new ReconfigRequest(joining, leaving, newMembers, currentConfiguration);
    }
}
