namespace GrainKeeper.Core.Jute;

/// <summary>A vector of strings as it stands on the wire, checked but not copied: <c>foreach (var text in vector)</c> gives UTF-8 spans.</summary>
public readonly ref struct StringVector
{
    private readonly ReadOnlySpan<byte> _raw;

    private StringVector(int count, ReadOnlySpan<byte> raw)
    {
        Count = count;
        _raw = raw;
    }

    /// <summary>Number of strings.</summary>
    public int Count { get; }

    /// <summary>Reads one in place.</summary>
    /// <exception cref="JuteFormatException">The bytes are no such vector.</exception>
    public static StringVector Read(scoped ref JuteReader reader)
    {
        var start = reader.Position;
        var count = reader.ReadCount(smallestElement: 4);
        for (var i = 0; i < count; i++)
        {
            reader.ReadBuffer();
        }

        return new StringVector(count, reader.Since(start));
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

    /// <summary>Walks over the strings.</summary>
    public ref struct Enumerator
    {
        private JuteReader _reader;
        private int _left;

        internal Enumerator(int count, ReadOnlySpan<byte> raw)
        {
            _left = count;
            _reader = new JuteReader(raw.IsEmpty ? raw : raw[4..]);
        }

        /// <summary>The present string in UTF-8.</summary>
        public ReadOnlySpan<byte> Current { get; private set; }

        /// <summary>Goes to the next string.</summary>
        public bool MoveNext()
        {
            if (_left == 0)
            {
                return false;
            }

            _left--;
            Current = _reader.ReadBuffer();
            return true;
        }
    }
}
