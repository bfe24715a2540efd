namespace GrainKeeper.Core.Jute;

/// <summary>A vector of ACL entries as it stands on the wire, checked but not copied: <c>foreach (var item in vector)</c>.</summary>
public readonly ref struct AclVector
{
    private readonly ReadOnlySpan<byte> _raw;

    private AclVector(int count, bool isNull, ReadOnlySpan<byte> raw)
    {
        Count = count;
        IsNull = isNull;
        _raw = raw;
    }

    /// <summary>Number of entries.</summary>
    public int Count { get; }

    /// <summary>Whether it is null rather than empty.</summary>
    public bool IsNull { get; }

    /// <summary>The vector as it stands on the wire, its count included.</summary>
    internal ReadOnlySpan<byte> Raw => _raw;

    /// <summary>Reads one in place.</summary>
    /// <exception cref="JuteFormatException">The bytes are no such vector.</exception>
    public static AclVector Read(scoped ref JuteReader reader)
    {
        var start = reader.Position;
        var count = reader.ReadCount(smallestElement: 12);
        var isNull = reader.Since(start)[0] == 0xff;
        for (var i = 0; i < count; i++)
        {
            reader.ReadInt();
            reader.ReadBuffer();
            reader.ReadBuffer();
        }

        return new AclVector(count, isNull, reader.Since(start));
    }

    /// <summary>Writes it as it was read; a default one as an empty vector.</summary>
    public void Write(in JuteWriter writer)
    {
        if (_raw.IsEmpty)
        {
            writer.WriteInt(0);
            return;
        }

        writer.WriteRaw(_raw);
    }

    /// <summary>Begins to enumerate.</summary>
    public Enumerator GetEnumerator() => new(Count, _raw);

    /// <summary>Walks over the entries.</summary>
    public ref struct Enumerator
    {
        private JuteReader _reader;
        private int _left;

        internal Enumerator(int count, ReadOnlySpan<byte> raw)
        {
            _left = count;
            _reader = new JuteReader(raw.IsEmpty ? raw : raw[4..]);
        }

        /// <summary>The present entry.</summary>
        public AclItem Current { get; private set; }

        /// <summary>Goes to the next entry.</summary>
        public bool MoveNext()
        {
            if (_left == 0)
            {
                return false;
            }

            _left--;
            var permissions = _reader.ReadInt();
            var scheme = _reader.ReadBuffer();
            Current = new AclItem(permissions, scheme, _reader.ReadBuffer());
            return true;
        }
    }
}
