using System.Text;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Requests;
using GrainKeeper.Core.Tests.Replica;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Core.Tests.Requests;

public class OutstandingChangesTests
{
    private const int Sessions = 4;

    /// <summary>What makes pipelining right: a request prepared on top of outstanding proposals becomes the same transaction as when all before it are applied.</summary>
    [Fact]
    public void Requests_prepared_ahead_become_the_transactions_they_would_become_one_by_one()
    {
        for (var seed = 0; seed < 150; seed++)
        {
            var random = new Random(seed);
            var eager = new Leader();
            var lagging = new Leader();
            for (var i = 1; i <= 300; i++)
            {
                var request = Next(random, eager.Tree);
                var zxid = new Zxid(i);
                Assert.Equal(eager.Prepare(request, zxid), lagging.Prepare(request, zxid));
                eager.Apply(int.MaxValue);
                lagging.Apply(random.Next(4) == 0 ? random.Next(20) : 0);
                Assert.Equal(0, eager.Changes.Count);
            }

            lagging.Apply(int.MaxValue);
            Assert.Equal(0, lagging.Changes.Count);
        }
    }

    private static WriteRequest Next(Random random, DataTree tree)
    {
        var session = random.Next(1, Sessions + 1);
        switch (random.Next(12))
        {
            case 0:
                return Request(session, OpCode.CloseSession, []);
            case 1:
                return Request(0, OpCode.DeleteContainer, Frames.Path(Path(random)));
            case 2 or 3:
                var parts = new (OpCode, byte[])[random.Next(1, 6)];
                for (var i = 0; i < parts.Length; i++)
                {
                    parts[i] = random.Next(5) == 0 ? (OpCode.Check, Frames.PathVersion(Path(random), random.Next(-1, 3))) : Part(random);
                }

                return Request(session, OpCode.Multi, Frames.Multi(parts));
            case 4:
                return Request(session, OpCode.SetAcl, Frames.SetAcl(Path(random), random.Next(4) == 0 ? AclList.ReadOnly : AclList.Open, random.Next(-1, 2)));
            default:
                var (type, body) = Part(random);
                return Request(session, type, body);
        }
    }

    private static (OpCode Type, byte[] Body) Part(Random random)
    {
        switch (random.Next(6))
        {
            case 0 or 1:
                return (OpCode.Create, Frames.Create(Path(random), "x", random.Next(4)));
            case 2:
                return random.Next(2) == 0
                    ? (OpCode.CreateContainer, Frames.Create(Path(random), "c", 4))
                    : (OpCode.CreateTtl, Frames.Create(Path(random), "t", random.Next(5, 7), ttl: random.Next(1, 50)));
            case 3 or 4:
                return (OpCode.Delete, Frames.PathVersion(Path(random), random.Next(-1, 2)));
            default:
                return (OpCode.SetData, Frames.SetData(Path(random), "y", random.Next(-1, 3)));
        }
    }

    private static string Path(Random random)
    {
        var path = new StringBuilder();
        for (var depth = random.Next(1, 4); depth > 0; depth--)
        {
            path.Append('/').Append((char)('a' + random.Next(3)));
        }

        return path.ToString();
    }

    private static WriteRequest Request(long session, OpCode type, byte[] body) => new(session, 1, type, Credentials.None, body);

    private sealed class Leader
    {
        private readonly RequestPreparer _preparer;
        private readonly Queue<(Zxid Zxid, ReadOnlyMemory<byte> Payload)> _proposed = new();

        public Leader()
        {
            Changes = new OutstandingChanges(() => Tree, seed: 7);
            _preparer = new RequestPreparer(Changes, new PreparerRules(TtlNodes: true, SkipAcl: false, ListsTrees: true, EnforceQuota: false, Reconfiguration: false, MaxTxnBytes: 1 << 20), new LoneServer(), seed: 7);
        }

        public DataTree Tree { get; } = new();

        public OutstandingChanges Changes { get; }

        public string Prepare(WriteRequest request, Zxid zxid)
        {
            // Time passes so that TTL nodes fall due.
            if (!_preparer.TryPrepare(request, zxid, wall: zxid.Value * 2, out var payload))
            {
                return "nothing";
            }

            _proposed.Enqueue((zxid, payload));
            return Convert.ToHexString(payload.Span);
        }

        public void Apply(int most)
        {
            while (most-- > 0 && _proposed.TryDequeue(out var next))
            {
                Tree.Apply(next.Zxid, next.Payload.Span);
                Changes.Applied(next.Zxid);
            }
        }
    }

    private sealed class LoneServer : IReconfigurationRules
    {
        public bool IsUnderWay => false;

        public bool HasOtherTrees => false;

        public MembershipList? Current => null;

        public bool IsQuorumSynced(QuorumConfiguration next) => false;

        public bool IsInUse(ReadOnlySpan<byte> tree) => false;
    }
}
