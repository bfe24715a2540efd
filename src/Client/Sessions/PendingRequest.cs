using GrainKeeper.Core.Jute;

namespace GrainKeeper.Client.Sessions;

/// <summary>A request that waits for a connection or for its answer.</summary>
internal abstract class PendingRequest(OpCode type, ReadOnlyMemory<byte> body, string? path)
{
    internal OpCode Type => type;

    internal ReadOnlyMemory<byte> Body => body;

    internal string? Path => path;

    /// <summary>The number it was last sent under; 0 while it was not.</summary>
    internal int Xid { get; set; }

    internal long QueuedAt { get; set; }

    /// <summary>Whether it may be sent again after its connection was lost: it changes nothing on the server but watches, and those only once it is answered.</summary>
    internal bool IsRead => type is OpCode.Exists or OpCode.GetData or OpCode.GetAcl or OpCode.GetChildren or OpCode.GetChildren2 or OpCode.Sync or OpCode.MultiRead
        or OpCode.GetEphemerals or OpCode.GetAllChildrenNumber or OpCode.WhoAmI or OpCode.AddWatch or OpCode.CheckWatches;

    /// <summary>Whether nobody waits any more.</summary>
    internal abstract bool IsOver { get; }

    /// <summary>Takes the answer.</summary>
    /// <exception cref="FormatException">The body is not what it should be.</exception>
    internal abstract void Complete(ErrorCode error, ReadOnlySpan<byte> answer);

    internal abstract void Fail(Exception error);
}
