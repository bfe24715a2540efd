using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Requests;

namespace GrainKeeper.Core.Replica;

/// <summary>
/// Has requests gather while a round of proposals is under way. What is proposed in one step is a round: one write of each log, one message to each learner and one answer of it, however
/// many transactions it has. So requests that come meanwhile begin the next one together: under load that costs a fraction of the work. With nothing under way a request never waits.
/// </summary>
/// <remarks>
/// An exception: where many clients write one by one, those whose writes a round has answered are back a moment later. So with <see cref="Crowd"/> writes under way the next round waits for all of them: else
/// the clients fall apart into ever smaller groups, and each costs a round of its own. Not so when they think before they write again, which a probe finds out (<see cref="ReturnProbe"/>).
/// </remarks>
internal sealed class ProposalRounds
{
    /// <summary>So many requests make a round worth its cost whatever else is under way.</summary>
    public const int Enough = 1_000;

    /// <summary>Milliseconds: where a round takes longer, several under way are better than waiting.</summary>
    public const int Patience = 3;

    /// <summary>With so many writes in the last round and waiting at its end, the next waits until all of them are there.</summary>
    public const int Crowd = 12;

    /// <summary>Per cent: where so many of them wait already when the round ends, the few that it has answered are not waited for.</summary>
    public const int There = 80;

    /// <summary>Milliseconds for which it waits at most. With less, up to a third of the crowd came too late and made rounds of their own.</summary>
    public const int Rest = 5;

    /// <summary>Measured: two made 64 sessions that write one by one 10 % slower than one does.</summary>
    private const int Most = 1;

    private readonly ReturnProbe _probe = new();
    private readonly Ring<(Zxid Last, int Count, bool HadRoom)> _rounds = new();
    private long _gatheringSince;
    private long _restingSince;
    private int _wanted;

    /// <summary>Monotonic ms at which gathering ends; long past when nothing gathers.</summary>
    public long NextDeadline => _rounds.Count >= Most ? _gatheringSince + Patience : _wanted > 0 ? _restingSince + Rest : long.MaxValue;

    /// <summary>A step has proposed something.</summary>
    /// <param name="last">The last of it.</param>
    /// <param name="count">How many transactions.</param>
    /// <param name="hadRoom">Whether nothing was left that found no room in it: that goes as soon as there is some.</param>
    public void Add(Zxid last, int count, bool hadRoom)
    {
        _rounds.Add((last, count, hadRoom));
        _probe.RoundBegan(last);
        _wanted = 0;
    }

    /// <summary>A request has arrived.</summary>
    /// <param name="session">Its session; 0 for the server's own.</param>
    /// <param name="now">Monotonic ms.</param>
    public void Arrived(long session, long now) => _probe.Arrived(session, now);

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
            var (last, count, hadRoom) = _rounds.RemoveFirst();
            _probe.RoundEnded(last, now);
            var crowd = count + gathered;
            _wanted = hadRoom && crowd >= Crowd && gathered * 100L < crowd * (long)There && _probe.TheyComeBack ? Math.Min(crowd, Enough) : 0;
            _restingSince = now;
        }
    }

    /// <summary>Whether requests have to wait for others.</summary>
    /// <param name="gathered">How many wait.</param>
    /// <param name="now">Monotonic ms.</param>
    public bool MustGather(int gathered, long now)
    {
        if (gathered >= Enough)
        {
            return false;
        }

        return _rounds.Count >= Most
            ? gathered == 0 || now - _gatheringSince < Patience
            : gathered < _wanted && now - _restingSince < Rest;
    }
}
