namespace GrainKeeper.Core.Tree;

/// <summary>The paths listed by a closeSession, enumerable in place: <c>foreach (var path in list)</c>.</summary>
public readonly ref struct PathList
{
    private readonly ReadOnlySpan<byte> _encoded;

    internal PathList(int count, ReadOnlySpan<byte> encoded)
    {
        Count = count;
        _encoded = encoded;
    }

    /// <summary>How many.</summary>
    public int Count { get; }

    /// <summary>Begins to enumerate.</summary>
    public Enumerator GetEnumerator() => new(Count, _encoded);

    /// <summary>Walks over the paths.</summary>
    public ref struct Enumerator
    {
        private CompactReader _reader;
        private int _left;

        internal Enumerator(int count, ReadOnlySpan<byte> encoded)
        {
            _left = count;
            _reader = new CompactReader(encoded);
        }

        /// <summary>The present path, in UTF-8.</summary>
        public ReadOnlySpan<byte> Current { get; private set; }

        /// <summary>Goes to the next path.</summary>
        public bool MoveNext()
        {
            if (_left == 0)
            {
                return false;
            }

            _left--;
            Current = _reader.Bytes("path");
            return true;
        }
    }
}
