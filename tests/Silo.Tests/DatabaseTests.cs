using GrainKeeper.Core.Requests;
using GrainKeeper.Silo.Configuration;

namespace GrainKeeper.Silo.Tests;

/// <summary>Databases that take part in transactions.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class DatabaseTests
{
    private const string Connection = "Host=db;Database=d;Username=u;Password=hidden";
    private const string Alice = "alice:D/InIHSb7yEEbrWz8b9l71RjZJU=";

    [Fact]
    public void A_database_is_declared_by_a_connection_string_an_allow_list_and_the_tree_of_its_records()
    {
        using var zoo = Zoo.With($"transactions.postgres.Orders-1={Connection}\ntransactions.postgres.orders-1.allow=digest:{Alice}, x509:CN=billing,O=Beans,x509:CN=b\ntransactions.postgres.orders-1.logTree=shop\nsecret=0123456789abcdef\n");
        var configuration = zoo.Load();
        var database = Assert.Single(configuration.Databases);
        Assert.Equal(("orders-1", "postgres.orders-1", Connection, "shop"), (database.Name, database.Participant.Name, database.ConnectionString, database.LogTree));
        Assert.Equal([new Identity("digest", Alice), new Identity("x509", "CN=billing,O=Beans"), new Identity("x509", "CN=b")], database.Allow);
        Assert.Empty(configuration.Warnings);
        Assert.DoesNotContain("hidden", database + configuration.ToString(), StringComparison.Ordinal);
        database.Validate();
    }

    [Fact]
    public void Every_source_can_declare_one_and_an_empty_value_takes_it_away()
    {
        using var zoo = Zoo.With($"transactions.postgres.orders={Connection}\n");
        Assert.Equal("root", Assert.Single(zoo.Load().Databases).LogTree);
        Assert.Empty(zoo.Load().Databases[0].Allow);
        Assert.Empty(zoo.Load(["transactions.postgres.orders="]).Databases);
        var environment = new Dictionary<string, string> { ["GRAINKEEPER_TRANSACTIONS_POSTGRES_STOCK"] = Connection };
        Assert.Equal(["orders", "stock"], zoo.Load(environment: environment).Databases.Select(d => d.Name));
    }

    [Fact]
    public void The_connection_string_can_be_kept_in_a_file()
    {
        using var zoo = Zoo.With(string.Empty);
        var path = Path.Combine(zoo.Directory, "orders");
        File.WriteAllText(path, Connection + "\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        string[] settings = ["transactions.postgres.orders.file=" + path, "secret=0123456789abcdef"];
        Assert.Equal(Connection, Assert.Single(zoo.Load(settings).Databases).ConnectionString);
        Assert.Empty(zoo.Load(settings).Warnings);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Assert.Equal($"run: chmod 600 {path}", Assert.Single(zoo.Load(settings).Warnings).Remedy);
        Assert.Equal("the connection string is given, and a file with it, too", Assert.Single(zoo.Errors([.. settings, "transactions.postgres.orders=" + Connection])).What);
        Assert.StartsWith("the file cannot be read", Assert.Single(zoo.Errors(["transactions.postgres.orders.file=/no/such"])).What, StringComparison.Ordinal);
        File.WriteAllText(path, new string('x', 5_000));
        Assert.Equal("the connection string has 4097 characters, 1 to 4096 are allowed", Assert.Single(zoo.Errors(settings)).What);
    }

    [Theory]
    [InlineData("transactions.postgres.orders=Password=hidden", "the connection string names no Host")]
    [InlineData("transactions.postgres.orders=hidden", "the connection string cannot be parsed")]
    [InlineData("transactions.postgres.orders.allow=x509:CN=a", "no connection string is given")]
    [InlineData("transactions.postgres.orders.connection=hidden", "no such key")]
    [InlineData("transactions.postgres.or__ders=hidden", "no such key")]
    [InlineData("transactions.postgres.orders.logTree=a/b", "cannot name a tree")]
    [InlineData("transactions.postgres.orders.allow=digest:alice", "'digest:alice' is neither digest:user:hash")]
    [InlineData("transactions.postgres.orders.allow=ip:10.0.0.1", "'ip:10.0.0.1' is neither digest:user:hash")]
    [InlineData("transactions.postgres.orders.allow=", "")]
    public void A_wrong_declaration_is_an_error_that_keeps_the_secret(string line, string expected)
    {
        using var zoo = Zoo.With(line.Contains(".allow", StringComparison.Ordinal) && expected.StartsWith('\'') || line.Contains("logTree", StringComparison.Ordinal)
            ? $"transactions.postgres.orders={Connection}\n{line}\n"
            : line + "\n");
        if (expected.Length == 0)
        {
            Assert.Empty(zoo.Load().Databases);
            return;
        }

        var error = Assert.Single(zoo.Errors());
        Assert.StartsWith(expected, error.What, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void No_key_of_a_database_counts_as_unknown()
    {
        using var zoo = Zoo.With($"transactions.postgres.orders={Connection}\ntransactions.postgres.orders.allow=x509:CN=a\n");
        Assert.DoesNotContain(zoo.Load().Warnings, w => w.Key.StartsWith("transactions", StringComparison.Ordinal));
        Assert.True(KeyCatalogue.IsSecret("transactions.postgres.orders"));
        Assert.False(KeyCatalogue.IsSecret("transactions.postgres.orders.allow"));
    }
}
