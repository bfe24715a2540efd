using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Grains.Pumping;

namespace GrainKeeper.Grains.Transactions.Acceptors;

/// <summary>A change of an acceptor's log.</summary>
/// <param name="Key">Whose.</param>
/// <param name="Entry">The bytes of the record that it has written; null when it is to be forgotten.</param>
internal readonly record struct AcceptorOperation(PartyKey Key, byte[]? Entry)
{
    public static AcceptorOperation Write(CommitLogEntry entry)
    {
        var bytes = new ByteBuffer(256);
        CommitLogCodec.Encode(bytes, entry);
        return new AcceptorOperation(new PartyKey(entry.Id, entry.Owner), bytes.Written.ToArray());
    }

    public static AcceptorOperation Forget(PartyKey key) => new(key, null);
}
