using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using GrainKeeper.Core.AtomicCommit.PaxosCommit;

namespace GrainKeeper.Core.AtomicCommit;

/// <summary>Writes the fields of messages and records, integers little-endian.</summary>
internal readonly ref struct CommitWriter(IBufferWriter<byte> output)
{
    public void Byte(int value)
    {
        output.GetSpan(1)[0] = checked((byte)value);
        output.Advance(1);
    }

    public void Bool(bool value) => Byte(value ? 1 : 0);

    public void Int(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(output.GetSpan(4), value);
        output.Advance(4);
    }

    public void Long(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(output.GetSpan(8), value);
        output.Advance(8);
    }

    public void Bytes(ReadOnlyMemory<byte> value)
    {
        Int(value.Length);
        output.Write(value.Span);
    }

    /// <summary>A short text behind a 16-bit length.</summary>
    public void Text(string value)
    {
        var bytes = Encoding.UTF8.GetBytes(value);
        BinaryPrimitives.WriteUInt16LittleEndian(output.GetSpan(2), checked((ushort)bytes.Length));
        output.Advance(2);
        output.Write(bytes);
    }

    public void Id(TransactionId id)
    {
        Text(id.Home);
        Long(id.Incarnation);
        Long(id.Sequence);
    }

    public void Party(CommitParty party)
    {
        Byte((int)party.Kind);
        if (party.Kind == PartyKind.Participant)
        {
            Text(party.Participant.Name);
        }
        else
        {
            Byte(party.Number);
        }
    }

    public void Terms(TransactionTerms terms)
    {
        Byte((int)terms.Protocol);
        Byte(terms.Acceptors);
        Byte(terms.Sites.Count);
        foreach (var site in terms.Sites)
        {
            Byte(site);
        }

        Byte(terms.Participants.Count);
        foreach (var participant in terms.Participants)
        {
            Text(participant.Name);
        }
    }

    public void Ballot(Ballot ballot)
    {
        Int(ballot.Round);
        Byte(ballot.Leader);
        Long(ballot.Incarnation);
    }

    public void Votes(IReadOnlyList<AcceptedVote> votes)
    {
        Byte(votes.Count);
        foreach (var vote in votes)
        {
            Byte(vote.Participant);
            Ballot(vote.Ballot);
            Bool(vote.Prepared);
        }
    }
}
