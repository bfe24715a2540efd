using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Sessions;

/// <summary>
/// Makes the ids of the sessions that one server creates: the server's id in the high byte, then 40 bits of the wall clock at the first
/// use, then a counter. Two servers never make the same id; one server does not either unless its clock went back over a restart, and then ids of
/// sessions that still live are skipped.
/// </summary>
/// <param name="self">The server.</param>
public sealed class SessionIdSource(ServerId self)
{
    private const int CounterBits = 16;
    private const long LowBits = (1L << 56) - 1;
    private long _last;

    /// <summary>A new id.</summary>
    /// <param name="wall">Milliseconds since the Unix epoch.</param>
    /// <param name="living">The sessions that live.</param>
    public long Next(long wall, SessionTable living)
    {
        if (_last == 0)
        {
            _last = (wall << CounterBits) & LowBits;
        }

        do
        {
            // The low bits are never all zero: 0x80 followed by zeros marks container nodes.
            _last = (_last + 1) & LowBits;
        }
        while (_last == 0 || living.Contains(Compose()));

        return Compose();
    }

    private long Compose() => ((long)self.Value << 56) | _last;
}
