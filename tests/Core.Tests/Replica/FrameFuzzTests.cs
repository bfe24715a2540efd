using System.Buffers.Binary;
using System.Globalization;
using CsCheck;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.Core.Tests.Replica;

/// <summary>
/// A minute of frames that are almost right: requests of every kind with bytes flipped, cut out, doubled and lengths replaced. Whatever comes, the server answers or closes
/// that connection, and nothing else; invariants are checked in every step. A failure prints its seed: set the environment variable CsCheck_Seed to it to replay it.
/// </summary>
public class FrameFuzzTests
{
    private const string SecondsVariable = "GK_FUZZ_SECONDS";

    private static readonly int[] Lengths = [-1, -2, 0, 1, 7, 255, 0xfffff, 0x100000, int.MaxValue, int.MinValue];

    private static readonly (OpCode Type, byte[] Body)[] Requests =
    [
        (OpCode.Create, Frames.Create("/a", "data")),
        (OpCode.Create, Frames.Create("/a/s-", "data", flags: 3)),
        (OpCode.Create2, Frames.Create("/b", null, flags: 1)),
        (OpCode.CreateContainer, Frames.Create("/c", "data", flags: 4)),
        (OpCode.CreateTtl, Frames.Create("/t", "data", flags: 5, ttl: 1_000)),
        (OpCode.Delete, Frames.PathVersion("/a")),
        (OpCode.Exists, Frames.PathWatch("/a", watch: true)),
        (OpCode.GetData, Frames.PathWatch("/a", watch: true)),
        (OpCode.SetData, Frames.SetData("/a", "more")),
        (OpCode.GetAcl, Frames.Path("/a")),
        (OpCode.SetAcl, Frames.SetAcl("/a", Frames.Acl(Core.Tree.Permissions.All, "digest", "a:b"))),
        (OpCode.GetChildren, Frames.PathWatch("/", watch: true)),
        (OpCode.GetChildren2, Frames.PathWatch("/", watch: true)),
        (OpCode.Sync, Frames.Path("/a")),
        (OpCode.Ping, []),
        (OpCode.Check, Frames.PathVersion("/a")),
        (OpCode.Multi, Frames.Multi((OpCode.Create, Frames.Create("/m")), (OpCode.Check, Frames.PathVersion("/m")), (OpCode.SetData, Frames.SetData("/m", "x")), (OpCode.Delete, Frames.PathVersion("/m")))),
        (OpCode.MultiRead, Frames.Multi((OpCode.GetData, Frames.PathWatch("/a")), (OpCode.GetChildren, Frames.PathWatch("/")))),
        (OpCode.Reconfig, Frames.Bytes(w => new ReconfigRequest("server.4=x"u8, "1"u8, default, -1).Write(w))),
        (OpCode.CheckWatches, Frames.PathMode("/a", 3)),
        (OpCode.RemoveWatches, Frames.PathMode("/a", 2)),
        (OpCode.SetWatches, Frames.SetWatches(1, ["/a"], ["/x"], ["/"])),
        (OpCode.AddWatch, Frames.PathMode("/a", 1)),
        (OpCode.GetEphemerals, Frames.Path("/")),
        (OpCode.GetAllChildrenNumber, Frames.Path("/")),
        (OpCode.WhoAmI, []),
        (OpCode.GetNode, Frames.Path("/a")),
        (OpCode.Auth, Frames.Auth("digest", "bob:secret")),
        (OpCode.Sasl, Frames.Path("token")),
        (OpCode.CloseSession, []),
    ];

    private static Gen<byte[]> Frame { get; } = Gen.Select(
        Gen.Int[0, Requests.Length - 1],
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 400], Gen.Int[0, 400], Gen.Byte).Array[0, 4],
        (request, changes) => changes.Aggregate(Frames.Request(1, Requests[request].Type, Requests[request].Body), Change));

    [Fact]
    public void Frames_that_are_almost_right_do_no_harm()
    {
        var seconds = int.Parse(Environment.GetEnvironmentVariable(SecondsVariable) ?? "60", CultureInfo.InvariantCulture);
        Gen.Select(Frame.Array[1, 12], Frame).Sample(
            (frames, first) =>
            {
                var ensemble = new TestEnsemble(1);
                var witness = new TestClient(ensemble[1]).Connect();
                witness.Create("/witness", "here");
                var fuzzer = new TestClient(ensemble[1]).Connect();
                foreach (var frame in frames)
                {
                    if (fuzzer.ClosedFor is not null)
                    {
                        fuzzer = new TestClient(ensemble[1]).Connect();
                    }

                    fuzzer.SendRaw(frame);
                    ensemble.Run();
                }

                // And one that comes where a ConnectRequest is due.
                new TestClient(ensemble[1]).SendRaw(first);
                ensemble.Run();
                Assert.Equal("here", witness.Get("/witness").Data);
                Assert.Null(witness.ClosedFor);
            },
            iter: long.MaxValue,
            time: seconds,
            threads: 1,
            print: sample => string.Join(' ', sample.Item1.Append(sample.Item2).Select(Convert.ToHexString)));
    }

    private static byte[] Change(byte[] frame, (int Kind, int At, int More, byte Value) change)
    {
        if (frame.Length == 0)
        {
            return [change.Value];
        }

        var at = change.At % frame.Length;
        var rest = change.More % (frame.Length - at + 1);
        switch (change.Kind)
        {
            case 0:
                frame[at] ^= (byte)(change.Value | 1);
                return frame;
            case 1:
                return frame[..at];
            case 2:
                return [.. frame[..at], .. frame[(at + rest)..]];
            case 3:
                return [.. frame[..(at + rest)], .. frame[at..]];
            case 4:
                return [.. frame[..at], change.Value, .. frame[at..]];
            default:
                if (at + sizeof(int) <= frame.Length)
                {
                    BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(at), Lengths[change.More % Lengths.Length]);
                }

                return frame;
        }
    }
}
