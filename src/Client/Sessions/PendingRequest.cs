using System.Buffers.Binary;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.Client.Sessions;

/// <summary>A request that waits for a connection or for its answer.</summary>
internal abstract class PendingRequest(OpCode type, ReadOnlyMemory<byte> body, string? path)
{
    private const int BytesBesidePath = 128;

    internal OpCode Type => type;

    internal ReadOnlyMemory<byte> Body => body;

    internal string? Path => path;

    /// <summary>What a read promises to show.</summary>
    internal ReadConsistency Consistency { get; init; } = ReadConsistency.Sequential;

    /// <summary>The number it was last sent under; 0 while it was not. A write of a session whose answers are kept has the same one for good.</summary>
    internal int Xid { get; set; }

    /// <summary>How often it was sent.</summary>
    internal int Sends { get; set; }

    internal long QueuedAt { get; set; }

    /// <summary>Whether it may be sent again after its connection was lost: it changes nothing on the server but watches, and those only once it is answered.</summary>
    internal bool IsRead => type is OpCode.Exists or OpCode.GetData or OpCode.GetAcl or OpCode.GetChildren or OpCode.GetChildren2 or OpCode.Sync or OpCode.MultiRead
        or OpCode.GetEphemerals or OpCode.GetAllChildrenNumber or OpCode.WhoAmI or OpCode.AddWatch or OpCode.CheckWatches
        or OpCode.ResumeWatches or OpCode.GetChildrenPage or OpCode.GetSubtreePage or OpCode.GetNode;

    /// <summary>Whether it changes the tree.</summary>
    internal bool IsWrite => type is OpCode.Create or OpCode.Create2 or OpCode.CreateContainer or OpCode.CreateTtl or OpCode.Delete or OpCode.SetData or OpCode.SetAcl
        or OpCode.Multi or OpCode.Reconfig;

    /// <summary>Bytes that its answer has at most: a path with a number, and a stat; in a multi, operation by operation, less than four times what was asked.</summary>
    internal int LongestAnswer => type switch
    {
        OpCode.Multi => BytesBesidePath + (4 * body.Length),
        OpCode.Reconfig => body.Length + (1024 * 1024),
        _ => BytesBesidePath + BinaryPrimitives.ReadInt32BigEndian(body.Span),
    };

    /// <summary>Whether nobody waits any more.</summary>
    internal abstract bool IsOver { get; }

    /// <summary>Takes the answer.</summary>
    /// <exception cref="FormatException">The body is not what it should be.</exception>
    internal abstract void Complete(ErrorCode error, ReadSource source, ReadOnlySpan<byte> answer);

    internal abstract void Fail(Exception error);
}
