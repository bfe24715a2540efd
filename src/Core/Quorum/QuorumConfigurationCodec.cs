using System.Buffers;
using System.Buffers.Binary;

namespace GrainKeeper.Core.Quorum;

/// <summary>
/// The bytes of a <see cref="QuorumConfiguration"/>: a format number, the version's zxid, the count of members, then for each its id, role, weight and group;
/// big-endian. Self-delimiting, so that more may follow.
/// </summary>
public static class QuorumConfigurationCodec
{
    private const byte Format = 1;
    private const int HeaderLength = 1 + 8 + 1;
    private const int MemberLength = 1 + 1 + 4 + 4;
    private const byte GroupedFlag = 0x80;

    /// <summary>Writes a configuration.</summary>
    public static void Encode(IBufferWriter<byte> output, QuorumConfiguration configuration)
    {
        var length = HeaderLength + (configuration.Members.Count * MemberLength);
        var span = output.GetSpan(length);
        span[0] = Format;
        BinaryPrimitives.WriteInt64BigEndian(span[1..], configuration.Version.Value);
        span[9] = (byte)configuration.Members.Count;
        var rest = span[HeaderLength..];
        foreach (var member in configuration.Members)
        {
            rest[0] = (byte)member.Id.Value;
            rest[1] = (byte)((byte)member.Role | (member.Group is null ? 0 : GroupedFlag));
            BinaryPrimitives.WriteInt32BigEndian(rest[2..], member.Weight);
            BinaryPrimitives.WriteInt32BigEndian(rest[6..], member.Group ?? 0);
            rest = rest[MemberLength..];
        }

        output.Advance(length);
    }

    /// <summary>Reads a configuration from the beginning of the input.</summary>
    /// <param name="input">The bytes; more may follow.</param>
    /// <param name="length">How many of them the configuration takes.</param>
    /// <exception cref="FormatException">The bytes are cut or no valid configuration.</exception>
    public static QuorumConfiguration Decode(ReadOnlySpan<byte> input, out int length)
    {
        if (input.Length < HeaderLength)
        {
            throw new FormatException($"a configuration takes at least {HeaderLength} bytes, {input.Length} are left");
        }

        if (input[0] != Format)
        {
            throw new FormatException($"configuration format {input[0]} is unknown, this server knows {Format}");
        }

        var version = new Zxid(BinaryPrimitives.ReadInt64BigEndian(input[1..]));
        var members = new Member[input[9]];
        length = HeaderLength + (members.Length * MemberLength);
        if (version.Value < 0 || input.Length < length)
        {
            throw new FormatException($"a configuration of version {version} with {members.Length} members takes {length} bytes, {input.Length} are left");
        }

        for (var i = 0; i < members.Length; i++)
        {
            members[i] = ReadMember(input.Slice(HeaderLength + (i * MemberLength), MemberLength));
        }

        try
        {
            return new QuorumConfiguration(version, members);
        }
        catch (ArgumentException e)
        {
            throw new FormatException("the configuration is not valid: " + e.Message, e);
        }
    }

    private static Member ReadMember(ReadOnlySpan<byte> input)
    {
        var grouped = (input[1] & GroupedFlag) != 0;
        var role = (MemberRole)(input[1] & ~GroupedFlag);
        var group = BinaryPrimitives.ReadInt32BigEndian(input[6..]);
        if (role is not (MemberRole.Participant or MemberRole.Observer) || (!grouped && group != 0))
        {
            throw new FormatException($"member {input[0]} has the unknown role {role} or a group that is not declared");
        }

        return new Member(new ServerId(input[0]), role, BinaryPrimitives.ReadInt32BigEndian(input[2..]), grouped ? group : null);
    }
}
