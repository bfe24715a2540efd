namespace GrainKeeper.Core.Jute;

/// <summary>Response whoAmI: the identities of the connection as they stand on the wire, <c>foreach (var item in response)</c>.</summary>
public readonly ref struct WhoAmIResponse
{
    private readonly ReadOnlySpan<byte> _raw;

    private WhoAmIResponse(int count, ReadOnlySpan<byte> raw)
    {
        Count = count;
        _raw = raw;
    }

    /// <summary>Number of identities.</summary>
    public int Count { get; }

    /// <summary>Reads one in place.</summary>
    /// <exception cref="JuteFormatException">The bytes are no such record.</exception>
    public static WhoAmIResponse Read(scoped ref JuteReader reader)
    {
        var start = reader.Position;
        var count = reader.ReadCount(smallestElement: 8);
        for (var i = 0; i < count; i++)
        {
            reader.ReadBuffer();
            reader.ReadBuffer();
        }

        return new WhoAmIResponse(count, reader.Since(start));
    }

    /// <summary>Writes one.</summary>
    /// <param name="writer">Takes it.</param>
    /// <param name="identities">Schemes and users. A user must not be a secret: of <c>digest</c> only the name before the colon.</param>
    public static void Write(in JuteWriter writer, IReadOnlyCollection<KeyValuePair<string, string>> identities)
    {
        writer.WriteInt(identities.Count);
        foreach (var (scheme, user) in identities)
        {
            writer.WriteString(scheme);
            writer.WriteString(user);
        }
    }

    /// <summary>Begins to enumerate.</summary>
    public Enumerator GetEnumerator() => new(Count, _raw);

    /// <summary>Walks over the identities.</summary>
    public ref struct Enumerator
    {
        private JuteReader _reader;
        private int _left;

        internal Enumerator(int count, ReadOnlySpan<byte> raw)
        {
            _left = count;
            _reader = new JuteReader(raw.IsEmpty ? raw : raw[4..]);
        }

        /// <summary>The present identity: <see cref="AclItem.Scheme"/> and, as <see cref="AclItem.Id"/>, the user.</summary>
        public AclItem Current { get; private set; }

        /// <summary>Goes to the next identity.</summary>
        public bool MoveNext()
        {
            if (_left == 0)
            {
                return false;
            }

            _left--;
            var scheme = _reader.ReadBuffer();
            Current = new AclItem(0, scheme, _reader.ReadBuffer());
            return true;
        }
    }
}
