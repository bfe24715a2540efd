using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Zab;

/// <summary>A state on its way from the leader, built beside the present one.</summary>
internal sealed class SnapshotReceiver(Zxid zxid, IStateWriter writer)
{
    private int _next;

    public Zxid Zxid { get; } = zxid;

    public IStateWriter Writer { get; } = writer;

    public bool TryWrite(ZabMessage.SnapshotChunk chunk, out string problem)
    {
        if (chunk.Index != _next)
        {
            problem = $"part {chunk.Index} came instead of {_next}";
            return false;
        }

        try
        {
            Writer.Write(chunk.Data.Span);
        }
        catch (FormatException e)
        {
            problem = e.Message;
            return false;
        }

        _next++;
        problem = "";
        return true;
    }
}
