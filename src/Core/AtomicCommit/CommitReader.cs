using System.Buffers.Binary;
using System.Text;
using GrainKeeper.Core.AtomicCommit.PaxosCommit;

namespace GrainKeeper.Core.AtomicCommit;

/// <summary>Reads what <see cref="CommitWriter"/> has written. No length is believed before it is checked against its limit and what is left.</summary>
internal ref struct CommitReader(ReadOnlyMemory<byte> input, string what)
{
    private static readonly UTF8Encoding Strict = new(false, true);
    private int _at;

    public int Byte(string field) => Take(1, field).Span[0];

    public bool Bool(string field) => Byte(field) switch
    {
        0 => false,
        1 => true,
        var other => throw Wrong(field, $"{other} is neither 0 nor 1"),
    };

    public int Int(string field) => BinaryPrimitives.ReadInt32LittleEndian(Take(4, field).Span);

    public long Long(string field) => BinaryPrimitives.ReadInt64LittleEndian(Take(8, field).Span);

    public ReadOnlyMemory<byte> Bytes(string field)
    {
        var length = Int(field);
        return length is >= 0 and <= TransactionRequest.MaxPayload
            ? Take(length, field)
            : throw Wrong(field, $"{length} bytes, at most {TransactionRequest.MaxPayload}");
    }

    public string Text(string field, int maxBytes)
    {
        var length = BinaryPrimitives.ReadUInt16LittleEndian(Take(2, field).Span);
        if (length > maxBytes)
        {
            throw Wrong(field, $"{length} bytes, at most {maxBytes}");
        }

        return Utf8(Take(length, field), field);
    }

    /// <summary>A text of any length that a payload may have.</summary>
    public string LongText(string field) => Utf8(Bytes(field), field);

    public string Reason() => Text("reason", AtomicCommit.Vote.MaxReasonLength * 3) is { Length: <= AtomicCommit.Vote.MaxReasonLength } reason
        ? reason
        : throw Wrong("reason", $"more than {AtomicCommit.Vote.MaxReasonLength} characters");

    public TransactionId Id() => new TransactionId(Text("home", TransactionId.MaxHomeLength), Long("incarnation"), Long("sequence")).Demand();

    public CommitParty Party()
    {
        var kind = (PartyKind)Byte("party");
        switch (kind)
        {
            case PartyKind.Participant:
                return CommitParty.Of(Participant());
            case PartyKind.Coordinator or PartyKind.Acceptor or PartyKind.Leader:
                var number = Byte("party's number");
                var fits = kind == PartyKind.Coordinator ? number == 0 : number is >= 1 and <= TransactionTerms.MaxAcceptors;
                return fits ? new CommitParty(kind, default, number) : throw Wrong("party's number", $"{number} of {kind}");
            default:
                throw Wrong("party", $"{(int)kind} is unknown");
        }
    }

    public TransactionTerms Terms()
    {
        var protocol = (CommitProtocol)Byte("protocol");
        var acceptors = Byte("acceptors");
        var sites = new int[Byte("sites")];
        if (sites.Length > TransactionTerms.MaxAcceptors)
        {
            throw Wrong("sites", $"{sites.Length} of them, at most {TransactionTerms.MaxAcceptors}");
        }

        for (var i = 0; i < sites.Length; i++)
        {
            sites[i] = Byte("site");
        }

        var count = Byte("participants");
        if (count is < 1 or > TransactionTerms.MaxParticipants)
        {
            throw Wrong("participants", $"{count} of them, 1 to {TransactionTerms.MaxParticipants} are allowed");
        }

        var participants = new ParticipantId[count];
        for (var i = 0; i < count; i++)
        {
            participants[i] = Participant();
        }

        return new TransactionTerms(protocol, participants, acceptors) { Sites = sites }.Demand();
    }

    public Decision Decision() => (Decision)Byte("decision") switch
    {
        AtomicCommit.Decision.Commit => AtomicCommit.Decision.Commit,
        AtomicCommit.Decision.Abort => AtomicCommit.Decision.Abort,
        var other => throw Wrong("decision", $"{(int)other} is unknown"),
    };

    public Vote Vote()
    {
        var kind = (VoteKind)Byte("vote");
        var reason = Reason();
        return kind is VoteKind.Yes or VoteKind.No or VoteKind.ReadOnly ? new Vote(kind, reason) : throw Wrong("vote", $"{(int)kind} is unknown");
    }

    public Ballot Ballot()
    {
        var ballot = new Ballot(Int("round"), Byte("leader"), Long("ballot's incarnation"));
        return ballot.IsValid ? ballot : throw Wrong("ballot", $"{ballot} cannot be");
    }

    public AcceptedVote[] Votes(int atLeast)
    {
        var count = Byte("votes");
        if (count < atLeast || count > TransactionTerms.MaxParticipants)
        {
            throw Wrong("votes", $"{count} of them, {atLeast} to {TransactionTerms.MaxParticipants} are allowed");
        }

        var votes = new AcceptedVote[count];
        for (var i = 0; i < count; i++)
        {
            var participant = Byte("instance");
            votes[i] = participant < TransactionTerms.MaxParticipants
                ? new AcceptedVote(participant, Ballot(), Bool("value"))
                : throw Wrong("instance", $"{participant}, at most {TransactionTerms.MaxParticipants - 1}");
        }

        return votes;
    }

    public readonly void End()
    {
        if (_at != input.Length)
        {
            throw Wrong("end", $"{input.Length - _at} bytes follow");
        }
    }

    public readonly FormatException Wrong(string field, string problem) => new($"{what}: {field}: {problem}");

    private readonly string Utf8(ReadOnlyMemory<byte> bytes, string field)
    {
        try
        {
            return Strict.GetString(bytes.Span);
        }
        catch (DecoderFallbackException)
        {
            throw Wrong(field, "it is no UTF-8");
        }
    }

    private ParticipantId Participant()
    {
        var id = new ParticipantId(Text("participant", ParticipantId.MaxLength));
        return id.IsValid ? id : throw Wrong("participant", $"'{id}' is not allowed");
    }

    private ReadOnlyMemory<byte> Take(int length, string field)
    {
        if (input.Length - _at < length)
        {
            throw Wrong(field, $"{length} bytes are needed, {input.Length - _at} are left");
        }

        _at += length;
        return input.Slice(_at - length, length);
    }
}
