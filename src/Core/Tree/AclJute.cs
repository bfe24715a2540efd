using System.Buffers;
using System.Text;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.Core.Tree;

/// <summary>ACLs on the wire.</summary>
public static class AclJute
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Makes a list of a vector. Permissions, schemes and ids are not checked; bits beyond the known ones are kept.</summary>
    /// <exception cref="JuteFormatException">More than <see cref="AclList.MaxEntries"/> entries, or text that is not UTF-8.</exception>
    public static AclList ToList(AclVector vector)
    {
        if (vector.Count > AclList.MaxEntries)
        {
            throw new JuteFormatException($"an ACL of {vector.Count} entries exceeds the limit of {AclList.MaxEntries}");
        }

        var entries = new List<AclEntry>(vector.Count);
        foreach (var item in vector)
        {
            entries.Add(new AclEntry((Permissions)item.Permissions, Text(item.Scheme), Text(item.Id)));
        }

        return new AclList(entries);
    }

    /// <summary>Writes a list as a vector.</summary>
    public static void Write(in JuteWriter writer, AclList acl)
    {
        writer.WriteInt(acl.Count);
        foreach (ref readonly var entry in acl.Entries)
        {
            writer.WriteInt((int)entry.Permissions);
            writer.WriteString(entry.Scheme);
            writer.WriteString(entry.Id);
        }
    }

    /// <summary>Makes a vector of a list (allocates).</summary>
    public static AclVector ToVector(AclList acl)
    {
        var buffer = new ArrayBufferWriter<byte>(64);
        Write(new JuteWriter(buffer), acl);
        var reader = new JuteReader(buffer.WrittenSpan);
        return AclVector.Read(ref reader);
    }

    private static string Text(ReadOnlySpan<byte> utf8)
    {
        try
        {
            return Strict.GetString(utf8);
        }
        catch (DecoderFallbackException e)
        {
            throw new JuteFormatException("text of an ACL is not valid UTF-8: " + e.Message);
        }
    }
}
