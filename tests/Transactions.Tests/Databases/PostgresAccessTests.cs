using System.Net;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.Requests;
using GrainKeeper.Grains.Transactions.Postgres;

namespace GrainKeeper.Transactions.Tests.Databases;

public sealed class PostgresAccessTests
{
    private const string Alice = "alice:D/InIHSb7yEEbrWz8b9l71RjZJU=";

    [Fact]
    public void Only_the_administrator_and_the_listed_may_use_a_database()
    {
        var options = Options with { Allow = PostgresAccess.Parse($"digest:{Alice},x509:CN=b,O=Beans") };
        options.Validate();
        var anybody = Credentials.OfAddress(IPAddress.Loopback);
        Assert.False(PostgresAccess.Allows(options, anybody));
        Assert.False(PostgresAccess.Allows(options, anybody.With(new Identity("digest", "alice:AAAAAAAAAAAAAAAAAAAAAAAAAAA="))));
        Assert.False(PostgresAccess.Allows(options, anybody.With(new Identity("x509", Alice))));
        Assert.True(PostgresAccess.Allows(options, anybody.With(new Identity("digest", Alice))));
        Assert.True(PostgresAccess.Allows(options, anybody.With(new Identity("x509", "CN=b,O=Beans"))));
        Assert.True(PostgresAccess.Allows(options, Credentials.Server));
        Assert.False(PostgresAccess.Allows(Options, anybody.With(new Identity("digest", Alice))));
        Assert.True(PostgresAccess.Allows(Options, Credentials.Server));
    }

    [Theory]
    [InlineData("digest:alice")]
    [InlineData("digest:alice:secret")]
    [InlineData("ip:127.0.0.1")]
    [InlineData("world:anyone")]
    [InlineData("super:")]
    [InlineData("CN=a,digest:" + Alice)]
    [InlineData("")]
    public void An_entry_that_proves_nothing_is_refused(string text) => Assert.Throws<FormatException>(() => PostgresAccess.Parse(text));

    [Fact]
    public void Options_name_what_is_wrong_and_keep_the_connection_string()
    {
        foreach (var (options, name) in new[]
        {
            (Options with { Name = "Orders" }, "Name"), (Options with { ConnectionString = "Password=hidden" }, "ConnectionString"), (Options with { Allow = [new Identity("ip", "::1")] }, "Allow"),
            (Options with { MaxPreparing = 0 }, "MaxPreparing"), (Options with { ResolveInterval = 1 }, "ResolveInterval"), (Options with { WarnAge = 1 }, "WarnAge"), (Options with { OrphanAge = -1 }, "OrphanAge"),
        })
        {
            var error = Assert.Throws<ArgumentException>(options.Validate);
            Assert.Equal(name, error.ParamName);
            Assert.DoesNotContain("hidden", error.Message + options, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_mark_comes_back_from_its_bytes_and_fits_into_what_PostgreSQL_allows()
    {
        var id = new TransactionId(new string('h', TransactionId.MaxHomeLength), long.MaxValue, long.MaxValue);
        var prefix = PostgresMark.PrefixOf(new string('0', 20));
        var mark = PostgresMark.Of(prefix, long.MaxValue, id) with { Xid = ulong.MaxValue.ToString(System.Globalization.CultureInfo.InvariantCulture) };
        Assert.InRange(mark.Gid.Length, 1, 199);
        Assert.Equal(mark, PostgresMark.Decode(mark.Encode()));
        Assert.Equal(mark with { Xid = null }, PostgresMark.Parse(prefix, mark.Gid));
        foreach (var other in new[] { "gk:x:1:home:1:1", prefix, prefix + "1", prefix + "x:home:1:1", prefix + "1:home:1", "theirs" })
        {
            Assert.Null(PostgresMark.Parse(prefix, other));
        }

        Assert.Throws<FormatException>(() => PostgresMark.Decode(mark.Encode().AsMemory(0, 30)));
        Assert.Throws<FormatException>(() => PostgresMark.Decode((byte[])[.. mark.Encode(), (byte)'x']));
    }

    private static PostgresOptions Options => new() { Name = "orders", ConnectionString = "Host=db;Password=hidden" };
}
