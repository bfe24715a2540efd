namespace GrainKeeper.Core.Election.Authenticated;

/// <summary>What two servers know of each other's present life.</summary>
internal sealed class PeerProof(byte[] expected)
{
    private static readonly byte[] Zeros = new byte[SignedNotification.NonceLength];
    private byte[] _expected = expected;
    private byte[]? _expectedBefore;
    private byte[]? _nonce;
    private byte[] _theirs = Zeros;
    private long _received;
    private long _sent;

    internal enum Verdict
    {
        /// <summary>New and meant for this life.</summary>
        Fresh,

        /// <summary>Fresh, and the first of a new life of the peer: another challenge must be set.</summary>
        FreshFromNewLife,

        /// <summary>The peer does not know the challenge yet.</summary>
        Unchallenged,

        /// <summary>It carries a challenge that no longer holds.</summary>
        Outdated,

        /// <summary>It was seen, or overtaken by a later one.</summary>
        Seen,
    }

    /// <summary>What the peer must sign.</summary>
    internal ReadOnlyMemory<byte> Expected => _expected;

    /// <summary>What we must sign for the peer; zeros while it has not told.</summary>
    internal ReadOnlyMemory<byte> Theirs => _theirs;

    internal long NextSequence() => ++_sent;

    /// <summary>Takes the peer's challenge.</summary>
    /// <returns>Whether it is another than before.</returns>
    internal bool Learn(ReadOnlyMemory<byte> challenge)
    {
        if (challenge.Span.SequenceEqual(_theirs))
        {
            return false;
        }

        _theirs = challenge.ToArray();
        return true;
    }

    /// <summary>Judges a genuine message. Nonce and challenge are no secrets, so their comparison need not take constant time.</summary>
    internal Verdict Judge(SignedNotification message)
    {
        var sameLife = _nonce is not null && message.Nonce.Span.SequenceEqual(_nonce);
        var current = message.Challenge.Span.SequenceEqual(_expected);

        // The challenge before stays good for the life that made us change it: its messages are under way.
        if (!current && !(sameLife && _expectedBefore is not null && message.Challenge.Span.SequenceEqual(_expectedBefore)))
        {
            return message.Challenge.Span.SequenceEqual(Zeros) ? Verdict.Unchallenged : Verdict.Outdated;
        }

        if (!sameLife)
        {
            _nonce = message.Nonce.ToArray();
            _received = message.Sequence;
            return Verdict.FreshFromNewLife;
        }

        if (message.Sequence <= _received)
        {
            return Verdict.Seen;
        }

        _received = message.Sequence;
        return Verdict.Fresh;
    }

    /// <summary>Sets another challenge, so that nothing of the peer's earlier lives can be accepted again.</summary>
    internal void Expect(byte[] challenge)
    {
        _expectedBefore = _expected;
        _expected = challenge;
    }
}
