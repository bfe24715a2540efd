using GrainKeeper.Silo.Configuration;

namespace GrainKeeper.Silo.Tests;

/// <summary>Keys of ZooKeeper: those of the administrator's guide of 3.8 (testdata), and their other names.</summary>
public sealed class ForeignKeyTests
{
    public static TheoryData<string> OfTheGuide =>
        [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "testdata", "zookeeper-3.8-keys.txt")).Where(l => l.Length > 0)];

    public static TheoryData<string> Foreign => [.. ForeignKeys.All.SelectMany(g => g.Keys)];

    [Theory]
    [MemberData(nameof(OfTheGuide))]
    public void Every_key_of_the_guide_has_an_effect_or_a_warning_that_says_what_to_do(string key)
    {
        var setting = new Setting(key, "1", "test");
        var warning = KeyCatalogue.Judge(setting);
        var used = KeyCatalogue.Used.Contains(key, StringComparer.OrdinalIgnoreCase) || key is "server.1" or "weight.1" or "group.1";
        Assert.Equal(used, warning is null);
        if (warning is not null)
        {
            Assert.StartsWith("without effect: ", warning.What, StringComparison.Ordinal);
            Assert.False(warning.IsError);
        }
    }

    [Theory]
    [MemberData(nameof(Foreign))]
    public void A_key_without_effect_changes_nothing_and_is_told_once_with_what_holds_and_what_to_do(string key)
    {
        using var without = Zoo.With(string.Empty);
        using var with = Zoo.With($"{key}=1\n");
        var warning = Assert.Single(with.Load().Warnings.ExceptBy(without.Load().Warnings.Select(w => w.ToString()), w => w.ToString().Replace(with.Directory, without.Directory, StringComparison.Ordinal)));
        var group = ForeignKeys.All.Single(g => g.Keys.Contains(key));
        Assert.Equal($"{with.File}:6: {key}: without effect: {group.Holds}; {group.Instead}", warning.ToString());
        using var prefixed = Zoo.With($"zookeeper.{key}=1\n");
        Assert.Contains(prefixed.Load().Warnings, w => w.What == "without effect: " + group.Holds);
    }

    [Fact]
    public void The_digest_that_ZooKeeper_uses_by_default_gives_no_warning()
    {
        Assert.Null(KeyCatalogue.Judge(new Setting("DigestAuthenticationProvider.digestAlg", "sha1", "test")));
        Assert.NotNull(KeyCatalogue.Judge(new Setting("DigestAuthenticationProvider.digestAlg", "SHA256", "test")));
    }

    [Fact]
    public void No_key_is_both() =>
        Assert.Empty(KeyCatalogue.Used.Intersect(ForeignKeys.All.SelectMany(g => g.Keys), StringComparer.OrdinalIgnoreCase));
}
