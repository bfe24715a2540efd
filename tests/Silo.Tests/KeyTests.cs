using GrainKeeper.Silo.Configuration;

namespace GrainKeeper.Silo.Tests;

/// <summary>Every key, from every source.</summary>
public sealed class KeyTests
{
    public static TheoryData<string> Keys => [.. KeyEffects.All.Keys];

    [Fact]
    public void Every_key_of_the_catalogue_has_a_test() =>
        Assert.Equal(KeyCatalogue.Used.Order(StringComparer.Ordinal), KeyEffects.All.Keys.Concat(KeyEffects.TestedApart).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Keys))]
    public void A_key_of_a_zoo_cfg_has_its_effect(string key)
    {
        var (value, read, expected) = KeyEffects.All[key];
        using var without = Zoo.With(string.Empty);
        using var with = Zoo.With($"{key}={value}\n");
        Assert.NotEqual(expected, read(without.Load()));
        Assert.Equal(expected, read(with.Load()));
        using var prefixed = Zoo.With($"zookeeper.{key}={value}\n");
        Assert.Equal(expected, read(prefixed.Load()));
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void A_key_can_come_from_the_environment(string key)
    {
        var (value, read, expected) = KeyEffects.All[key];
        using var zoo = Zoo.With(string.Empty);
        var name = "GRAINKEEPER_" + key.ToUpperInvariant().Replace(".", "_", StringComparison.Ordinal);
        Assert.Equal(expected, read(zoo.Load(environment: new Dictionary<string, string> { [name] = value })));
        var doubled = "GRAINKEEPER_" + key.Replace(".", "__", StringComparison.Ordinal);
        Assert.Equal(expected, read(zoo.Load(environment: new Dictionary<string, string> { [doubled] = value })));
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void A_key_can_come_from_the_command_line(string key)
    {
        var (value, read, expected) = KeyEffects.All[key];
        using var zoo = Zoo.With(string.Empty);
        Assert.Equal(expected, read(zoo.Load([$"{key}={value}"])));
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void A_key_can_come_from_a_json_file(string key)
    {
        var (value, read, expected) = KeyEffects.All[key];
        using var flat = new Zoo($$"""{ "GrainKeeper": { "dataDir": "/data", "id": 1, "server": { "1": "a:1:2", "2": "b:1:2", "3": "c:1:2" } } }""", "server.json");
        Assert.Equal("/data", flat.Load().DataDirectory);
        using var zoo = new Zoo(Json(key, value), "server.json");
        Assert.Equal(expected, read(zoo.Load()));
    }

    [Fact]
    public void Later_sources_win_over_earlier_ones()
    {
        using var zoo = Zoo.With("maxTrees=2\nsnapCount=20\ntickTime=200\nclientPort=2000\n");
        File.WriteAllText(Path.Combine(zoo.Directory, "appsettings.json"), """{ "GrainKeeper": { "maxTrees": 1, "maxCnxns": 10 } }""");
        var configuration = ServerConfigurationLoader.Load(new ConfigurationRequest
        {
            AppSettingsDirectory = zoo.Directory,
            File = zoo.File,
            Environment = new Dictionary<string, string> { ["GRAINKEEPER_SNAPCOUNT"] = "30", ["GRAINKEEPER_TICKTIME"] = "300", ["GRAINKEEPER_ID"] = "2" },
            Settings = ["tickTime=400", "id=3"],
            Id = 1,
        });
        Assert.Equal(
            (1, 10, 2, 30, 400, 2000),
            (configuration.Self.Value, configuration.Clients.MaxConnections, configuration.MaxTrees, configuration.Replica.SnapshotEvery, configuration.Replica.TickTime,
             configuration.Clients.ClientPort));
    }

    [Fact]
    public void Of_two_lines_with_one_key_the_later_wins_and_both_are_named()
    {
        using var zoo = Zoo.With("tickTime=100\nTICKTIME=200\n");
        var configuration = zoo.Load();
        Assert.Equal(200, configuration.Replica.TickTime);
        var warning = Assert.Single(configuration.Warnings, w => w.What.Contains("twice", StringComparison.Ordinal));
        Assert.Equal($"{zoo.File}:7: TICKTIME: the key is given twice; this line replaces {zoo.File}:6; delete one of them", warning.ToString());
    }

    [Fact]
    public void A_typical_zoo_cfg_is_taken_as_it_is()
    {
        using var zoo = new Zoo(
            """
            # The number of milliseconds of each tick
            tickTime=2000
            initLimit=10
            syncLimit=5
            dataDir=/var/lib/zookeeper
            clientPort=2181
            autopurge.snapRetainCount=3
            server.1=zoo1:2888:3888
            server.2=zoo2:2888:3888
            server.3=zoo3:2888:3888
            """);
        var configuration = zoo.Load(id: 2);
        Assert.Equal((2, 2181, 20_000, 10_000), (configuration.Self.Value, configuration.Clients.ClientPort, configuration.Replica.Zab.InitTimeout, configuration.Replica.Zab.SyncTimeout));
        Assert.Equal(["zoo1:2888:3888", "zoo2:2888:3888", "zoo3:2888:3888"], configuration.Servers.Select(s => s.ToString()));
        Assert.Equal(["secretFile"], configuration.Warnings.Select(w => w.Key));
    }

    private static string Json(string key, string value)
    {
        var values = new Dictionary<string, string> { ["dataDir"] = "/data", ["id"] = "1", ["server.1"] = "a:1:2", ["server.2"] = "b:1:2", ["server.3"] = "c:1:2", [key] = value };
        return System.Text.Json.JsonSerializer.Serialize(new Dictionary<string, object> { ["GrainKeeper"] = values });
    }
}
