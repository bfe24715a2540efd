using System.Buffers;
using System.Collections;
using System.Text.Unicode;

namespace GrainKeeper.Core.Tree;

/// <summary>
/// An ACL: an immutable list compared by value, which keeps its encoded form. Equal lists of one tree are one object (interned by the tree).
/// </summary>
public sealed class AclList : IReadOnlyList<AclEntry>, IEquatable<AclList>
{
    /// <summary>Most entries that an ACL may have.</summary>
    public const int MaxEntries = 4096;

    private readonly AclEntry[] _entries;
    private readonly byte[] _encoded;

    /// <summary>Makes a list.</summary>
    /// <exception cref="ArgumentException">More than <see cref="MaxEntries"/> entries.</exception>
    public AclList(IEnumerable<AclEntry> entries)
        : this([.. entries])
    {
    }

    private AclList(AclEntry[] entries)
    {
        if (entries.Length > MaxEntries)
        {
            throw new ArgumentException($"an ACL of {entries.Length} entries exceeds the limit of {MaxEntries}", nameof(entries));
        }

        _entries = entries;
        var buffer = new ArrayBufferWriter<byte>(16 + (entries.Length * 24));
        var writer = new CompactWriter(buffer);
        writer.Unsigned((uint)entries.Length);
        foreach (var entry in entries)
        {
            writer.Unsigned((uint)entry.Permissions);
            writer.Text(entry.Scheme);
            writer.Text(entry.Id);
        }

        _encoded = buffer.WrittenSpan.ToArray();
    }

    private AclList(AclEntry[] entries, byte[] encoded)
    {
        _entries = entries;
        _encoded = encoded;
    }

    /// <summary><c>world:anyone</c> may do everything (OPEN_ACL_UNSAFE).</summary>
    public static AclList Open { get; } = new([new AclEntry(Permissions.All, "world", "anyone")]);

    /// <summary><c>world:anyone</c> may read (READ_ACL_UNSAFE).</summary>
    public static AclList ReadOnly { get; } = new([new AclEntry(Permissions.Read, "world", "anyone")]);

    /// <inheritdoc/>
    public int Count => _entries.Length;

    /// <summary>The encoded form within transactions and snapshots: equal lists have equal bytes.</summary>
    public ReadOnlySpan<byte> Encoded => _encoded;

    /// <summary>The entries, without allocation.</summary>
    public ReadOnlySpan<AclEntry> Entries => _entries;

    /// <inheritdoc/>
    public AclEntry this[int index] => _entries[index];

    /// <summary>Reads the encoded form.</summary>
    /// <exception cref="FormatException">The bytes are no encoded ACL.</exception>
    public static AclList Decode(ReadOnlySpan<byte> encoded)
    {
        var reader = new CompactReader(encoded);
        var count = reader.Count(smallest: 3, MaxEntries, "ACL entries");
        var entries = new AclEntry[count];
        for (var i = 0; i < count; i++)
        {
            var permissions = (Permissions)reader.Unsigned32("permissions");
            entries[i] = new AclEntry(permissions, reader.Text("ACL scheme"), reader.Text("ACL id"));
        }

        reader.ExpectEnd("an ACL");
        return new AclList(entries, encoded.ToArray());
    }

    /// <summary>Checks an encoded form without decoding it.</summary>
    /// <exception cref="FormatException">The bytes are no encoded ACL.</exception>
    internal static void CheckEncoded(ReadOnlySpan<byte> encoded)
    {
        var reader = new CompactReader(encoded);
        for (var left = reader.Count(smallest: 3, MaxEntries, "ACL entries"); left > 0; left--)
        {
            reader.Unsigned32("permissions");
            if (!Utf8.IsValid(reader.Bytes("ACL scheme")) || !Utf8.IsValid(reader.Bytes("ACL id")))
            {
                throw new FormatException($"an ACL's text before offset {reader.Position} is not UTF-8");
            }
        }

        reader.ExpectEnd("an ACL");
    }

    /// <inheritdoc/>
    public IEnumerator<AclEntry> GetEnumerator() => ((IEnumerable<AclEntry>)_entries).GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public bool Equals(AclList? other) => other is not null && (ReferenceEquals(this, other) || Encoded.SequenceEqual(other.Encoded));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as AclList);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(_encoded);
        return hash.ToHashCode();
    }

    /// <summary>For logs and dumps: <c>world:anyone:cdrwa</c>, entries separated by commas. Hashes of passwords are masked.</summary>
    public override string ToString() => string.Join(',', _entries.Select(e => $"{e.Scheme}:{Masked(e)}:{Letters(e.Permissions)}"));

    private static string Masked(in AclEntry entry)
    {
        var colon = entry.Id.IndexOf(':', StringComparison.Ordinal);
        return colon >= 0 && entry.Scheme is "digest" or "super" or "auth" ? string.Concat(entry.Id.AsSpan(0, colon), ":…") : entry.Id;
    }

    private static string Letters(Permissions p) => string.Concat(
        (p & Permissions.Create) != 0 ? "c" : string.Empty,
        (p & Permissions.Delete) != 0 ? "d" : string.Empty,
        (p & Permissions.Read) != 0 ? "r" : string.Empty,
        (p & Permissions.Write) != 0 ? "w" : string.Empty,
        (p & Permissions.Admin) != 0 ? "a" : string.Empty);
}
