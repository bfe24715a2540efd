using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Requests;

namespace GrainKeeper.Core.Replica;

/// <summary>
/// Has requests gather while a round of proposals is under way. What is proposed in one step is a round: one write of each log, one message to each learner and one answer of it, however
/// many transactions it has. So requests that come meanwhile begin the next one together: under load that costs a fraction of the work. With nothing under way a request never waits.
/// </summary>
/// <remarks>
/// An exception: where many clients write one by one, those whose writes a round has answered are back a moment later. So with <see cref="Crowd"/> writes under way the next round waits for some of them: else
/// the clients fall apart into ever smaller groups, and each costs a round of its own.
/// </remarks>
internal sealed class ProposalRounds
{
    /// <summary>So many requests make a round worth its cost whatever else is under way.</summary>
    public const int Enough = 1_000;

    /// <summary>Milliseconds: where a round takes longer, several under way are better than waiting.</summary>
    public const int Patience = 3;

    /// <summary>With so many writes in the last round and waiting at its end, the next waits until <see cref="Share"/> per cent of them are there.</summary>
    public const int Crowd = 12;

    /// <summary>Per cent. A larger share would leave the disks idle in between.</summary>
    public const int Share = 60;

    /// <summary>Milliseconds for which it waits at most: one to two, as the clock is read in whole ones.</summary>
    public const int Rest = 2;

    /// <summary>Measured: two made 64 sessions that write one by one 10 % slower than one does.</summary>
    private const int Most = 1;

    private readonly Ring<(Zxid Last, int Count)> _rounds = new();
    private long _gatheringSince;
    private long _restingSince;
    private int _wanted;

    /// <summary>Monotonic ms at which gathering ends; long past when nothing gathers.</summary>
    public long NextDeadline => _rounds.Count >= Most ? _gatheringSince + Patience : _wanted > 0 ? _restingSince + Rest : long.MaxValue;

    /// <summary>A step has proposed something.</summary>
    /// <param name="last">The last of it.</param>
    /// <param name="count">How many transactions.</param>
    public void Add(Zxid last, int count)
    {
        _rounds.Add((last, count));
        _wanted = 0;
    }

    /// <summary>The first request gathers.</summary>
    public void BeginGathering(long now) => _gatheringSince = now;

    /// <summary>Notes which rounds have ended; in every step, before <see cref="MustGather"/>.</summary>
    /// <param name="gathered">How many requests wait.</param>
    /// <param name="committed">The last transaction committed.</param>
    /// <param name="now">Monotonic ms.</param>
    public void End(int gathered, Zxid committed, long now)
    {
        while (_rounds.Count > 0 && _rounds[0].Last <= committed)
        {
            var crowd = _rounds.RemoveFirst().Count + gathered;
            _wanted = crowd >= Crowd ? crowd * Share / 100 : 0;
            _restingSince = now;
        }
    }

    /// <summary>Whether requests have to wait for others.</summary>
    /// <param name="gathered">How many wait.</param>
    /// <param name="now">Monotonic ms.</param>
    public bool MustGather(int gathered, long now)
    {
        if (gathered >= Enough || (gathered > 0 && now - _gatheringSince >= Patience))
        {
            return false;
        }

        return _rounds.Count >= Most || (gathered < _wanted && now - _restingSince < Rest);
    }
}
