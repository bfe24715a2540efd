using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Sessions;

namespace GrainKeeper.Core.Tests.Sessions;

public class SessionIdentityTests
{
    private static readonly byte[] Secret = "0123456789abcdef"u8.ToArray();

    [Fact]
    public void A_password_belongs_to_one_session_and_one_secret()
    {
        var password = new byte[SessionPassword.Length];
        SessionPassword.Derive(Secret, 42, password);

        Assert.True(SessionPassword.Matches(Secret, 42, password));
        Assert.False(SessionPassword.Matches(Secret, 43, password));
        Assert.False(SessionPassword.Matches("0123456789abcdeg"u8, 42, password));
        Assert.False(SessionPassword.Matches(Secret, 42, password.AsSpan(0, 15)));
        Assert.False(SessionPassword.Matches(Secret, 42, default));
        for (var i = 0; i < password.Length; i++)
        {
            password[i] ^= 1;
            Assert.False(SessionPassword.Matches(Secret, 42, password));
            password[i] ^= 1;
        }
    }

    [Fact]
    public void Ids_carry_the_server_and_never_repeat()
    {
        var table = new SessionTable();
        var first = new SessionIdSource(new ServerId(255));
        var ids = Enumerable.Range(0, 1_000).Select(_ => first.Next(1_700_000_000_000, table)).ToList();

        Assert.Equal(1_000, ids.Distinct().Count());
        Assert.All(ids, id => Assert.Equal(255, (int)((ulong)id >> 56)));
    }

    [Fact]
    public void After_a_restart_with_the_clock_set_back_living_sessions_keep_their_ids()
    {
        var table = new SessionTable();
        var before = new SessionIdSource(new ServerId(3));
        for (var i = 0; i < 100; i++)
        {
            table.Set(before.Next(1_700_000_000_000, table), 4_000);
        }

        var after = new SessionIdSource(new ServerId(3));
        for (var i = 0; i < 100; i++)
        {
            var id = after.Next(1_700_000_000_000, table);
            Assert.False(table.Contains(id));
            table.Set(id, 4_000);
        }

        Assert.Equal(200, table.Count);
    }

    [Fact]
    public void No_id_looks_like_the_mark_of_a_container()
    {
        // 0x80 with all other bits zero marks containers; wall time 2^40 ms wraps to zero.
        var source = new SessionIdSource(new ServerId(128));
        for (var i = 0; i < 70_000; i++)
        {
            Assert.NotEqual(long.MinValue, source.Next(1L << 40, new SessionTable()));
        }
    }

    [Fact]
    public void The_table_replays_without_harm()
    {
        var table = new SessionTable();
        table.Set(5, 100);
        table.Set(5, 100);
        table.Set(2, 200);
        Assert.True(table.Remove(2));
        Assert.False(table.Remove(2));

        Assert.Equal([new KeyValuePair<long, int>(5, 100)], table.ToSortedArray());
        Assert.True(table.TryGetTimeout(5, out var timeout));
        Assert.Equal(100, timeout);
    }
}
