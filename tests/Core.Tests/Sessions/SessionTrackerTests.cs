using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Sessions;

namespace GrainKeeper.Core.Tests.Sessions;

public class SessionTrackerTests
{
    private static readonly ServerId One = new(1);
    private static readonly ServerId Two = new(2);
    private readonly SessionTracker _tracker = new(tick: 100);

    [Fact]
    public void A_session_expires_at_the_tick_after_its_timeout()
    {
        _tracker.Track(7, timeout: 250, One, now: 1_000);

        Assert.Equal(1_300, _tracker.NextDeadline);
        Assert.Empty(Expired(1_299));
        Assert.Equal([7L], Expired(1_300));
        Assert.Null(_tracker.NextDeadline);
    }

    [Fact]
    public void A_touch_gives_the_whole_timeout_again()
    {
        _tracker.Track(7, 250, One, 1_000);
        _tracker.Touch(7, 1_190);

        Assert.Empty(Expired(1_400));
        Assert.Equal([7L], Expired(1_500));
    }

    [Fact]
    public void Sessions_of_one_tick_expire_together_by_id()
    {
        foreach (var id in new long[] { 9, 3, 5 })
        {
            _tracker.Track(id, 200 + (int)id, One, 1_000);
        }

        _tracker.Track(4, 900, One, 1_000);
        Assert.Equal([3L, 5L, 9L], Expired(1_300));
    }

    [Fact]
    public void A_closing_session_neither_acts_nor_expires()
    {
        _tracker.Track(7, 250, One, 1_000);

        Assert.True(_tracker.SetClosing(7));
        Assert.False(_tracker.SetClosing(7));
        Assert.Equal(SessionCheck.Expired, _tracker.Check(7, One));
        Assert.False(_tracker.TryAttach(7, Two, 1_000, out _));
        Assert.Empty(Expired(9_000));
        _tracker.Remove(7);
        Assert.Equal(0, _tracker.Count);
    }

    [Fact]
    public void A_session_belongs_to_the_server_that_attached_it_last()
    {
        _tracker.Track(7, 250, One, 1_000);
        Assert.Equal(SessionCheck.Valid, _tracker.Check(7, One));

        Assert.True(_tracker.TryAttach(7, Two, 1_000, out var timeout));
        Assert.Equal(250, timeout);
        Assert.Equal((SessionCheck.Moved, SessionCheck.Valid), (_tracker.Check(7, One), _tracker.Check(7, Two)));
        Assert.Equal(SessionCheck.Expired, _tracker.Check(8, One));
    }

    [Fact]
    public void A_session_without_an_owner_goes_to_the_server_that_asks_first()
    {
        _tracker.Track(7, 250, null, 1_000);

        Assert.Equal(SessionCheck.Valid, _tracker.Check(7, Two));
        Assert.Equal(SessionCheck.Moved, _tracker.Check(7, One));
    }

    [Fact]
    public void Many_sessions_expire_exactly_when_their_own_touches_end()
    {
        var random = new Random(5);
        var due = new Dictionary<long, long>();
        for (long id = 1; id <= 500; id++)
        {
            _tracker.Track(id, 1_000, One, 0);
            due[id] = 1_100;
        }

        for (long now = 0; now < 5_000; now += 10)
        {
            foreach (var id in Expired(now))
            {
                Assert.True(due[id] <= now && now < due[id] + 10, $"session {id}, due at {due[id]}, expired at {now}");
                due.Remove(id);
            }

            Assert.DoesNotContain(due, d => d.Value <= now);
            foreach (var id in due.Keys.ToList())
            {
                if (now < 3_000 && random.Next(100) == 0)
                {
                    _tracker.Touch(id, now);
                    due[id] = Math.Max(due[id], ((now + 1_000) / 100 + 1) * 100);
                }
            }
        }

        Assert.Empty(due);
    }

    private List<long> Expired(long now)
    {
        var expired = new List<long>();
        _tracker.CollectExpired(now, expired);
        return expired;
    }
}
