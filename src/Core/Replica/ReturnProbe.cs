using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Replica;

/// <summary>
/// Finds out whether clients write again as soon as they are answered, or think first. It follows one request at a time: the first that arrives when it follows none, until its session writes again after the answer,
/// or has not for <see cref="Soon"/>.
/// </summary>
internal sealed class ReturnProbe
{
    /// <summary>Milliseconds after the answer.</summary>
    public const int Soon = 5;

    /// <summary>So many of <see cref="Scale"/> have to come back soon.</summary>
    private const int Most = Scale * 3 / 4;

    private const int Scale = 1 << 14;

    /// <summary>The weight of the past in the average is one less than this to one.</summary>
    private const int Memory = 16;

    private long _session;
    private Zxid? _round;
    private long _answered;
    private bool _isAnswered;
    private int _back = Scale;

    /// <summary>Whether they write again soon, most of them; assumed until there is evidence.</summary>
    public bool TheyComeBack => _back >= Most;

    /// <summary>A request has arrived.</summary>
    /// <param name="session">Its session; 0 for the server's own.</param>
    /// <param name="now">Monotonic ms.</param>
    public void Arrived(long session, long now)
    {
        if (session == 0)
        {
            return;
        }

        Look(now);
        if (_session == 0)
        {
            _session = session;
        }
        else if (_isAnswered && session == _session)
        {
            Learn(true);
        }
    }

    /// <summary>A round of proposals has begun.</summary>
    /// <param name="last">The last of it.</param>
    public void RoundBegan(Zxid last)
    {
        if (_session != 0)
        {
            _round ??= last;
        }
    }

    /// <summary>A round is committed.</summary>
    /// <param name="last">The last of it.</param>
    /// <param name="now">Monotonic ms.</param>
    public void RoundEnded(Zxid last, long now)
    {
        Look(now);
        if (!_isAnswered && _round is { } round && round <= last)
        {
            _isAnswered = true;
            _answered = now;
        }
    }

    private void Look(long now)
    {
        if (_isAnswered && now - _answered > Soon)
        {
            Learn(false);
        }
    }

    private void Learn(bool cameBack)
    {
        _back += ((cameBack ? Scale : 0) - _back) / Memory;
        _session = 0;
        _round = null;
        _isAnswered = false;
    }
}
