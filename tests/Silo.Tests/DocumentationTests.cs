using System.Globalization;
using System.Text.RegularExpressions;
using GrainKeeper.Silo.Configuration;

namespace GrainKeeper.Silo.Tests;

/// <summary>docs/configuration.md says what the program does.</summary>
public sealed partial class DocumentationTests
{
    /// <summary>Lines that make the extremes of a key legal beside the defaults of others.</summary>
    private static readonly Dictionary<string, string> Companions = new(StringComparer.Ordinal)
    {
        ["heartbeatInterval"] = "syncTimeout=3600000\ninitTimeout=3600000\n",
        ["initTimeout"] = "heartbeatInterval=10\n",
        ["transactions.lockWait"] = "transactions.voteTimeout=3600000\n",
        ["transactions.maxResendInterval"] = "transactions.resendInterval=5\n",
        ["transactions.retention"] = "transactions.callTimeout=50\n",
        ["minSessionTimeout"] = "maxSessionTimeout=2147483647\n",
        ["maxSessionTimeout"] = "minSessionTimeout=1\n",
        ["electionFinalizeWait"] = "fastleader.minNotificationInterval=60000\n",
        ["fastleader.maxNotificationInterval"] = "fastleader.minNotificationInterval=1\n",
    };

    private static readonly IReadOnlyDictionary<string, (string Unit, string Range, string Default)> Rows = ReadRows();

    public static TheoryData<string, long, long> Ranges
    {
        get
        {
            var data = new TheoryData<string, long, long>();
            foreach (var (key, row) in Rows)
            {
                if (NumericRange().Match(row.Range) is { Success: true } match)
                {
                    data.Add(key, Number(match.Groups["low"].Value), Number(match.Groups["high"].Value));
                }
            }

            return data;
        }
    }

    public static TheoryData<string, string> Defaults
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var (key, row) in Rows.Where(r => KeyEffects.All.ContainsKey(r.Key)))
            {
                if (LeadingNumber().Match(row.Default) is { Success: true } number)
                {
                    data.Add(key, Number(number.Value).ToString(CultureInfo.InvariantCulture));
                }
                else if (row.Default is "true" or "false" or "srvr" or "grainkeeper")
                {
                    data.Add(key, row.Default);
                }
            }

            return data;
        }
    }

    [Fact]
    public void Every_key_is_described_and_no_other() =>
        Assert.Equal(KeyCatalogue.Used.Order(StringComparer.Ordinal), Rows.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public void Every_key_without_effect_is_described_as_the_program_tells_of_it() => Assert.Equal(
        ForeignKeys.All.Select(g => $"| {string.Join(", ", g.Keys.Select(k => $"`{k}`"))} | {g.Holds} | {g.Instead} |"),
        Repository.Read("docs/configuration.md").Split('\n').Where(l => l.StartsWith("| `", StringComparison.Ordinal) && l.Trim('|').Split('|').Length == 3));

    [Fact]
    public void Most_rows_are_checked_against_the_program()
    {
        Assert.True(Ranges.Count >= 26, $"{Ranges.Count} ranges are read from the page");
        Assert.True(Defaults.Count >= 20, $"{Defaults.Count} defaults are read from the page");
    }

    [Theory]
    [MemberData(nameof(Ranges))]
    public void The_range_is_the_one_that_is_described(string key, long low, long high)
    {
        foreach (var value in new[] { low, high })
        {
            using var zoo = Zoo.With($"{Companions.GetValueOrDefault(key)}{key}={value}\nsecret=0123456789abcdef\n");
            var configuration = zoo.Load(key == "secureClientPort" ? CertificatesIn(zoo.Directory) : []);
            DemandThatItRuns(configuration);
        }

        foreach (var value in new[] { low - 1, high + 1 })
        {
            using var zoo = Zoo.With($"{Companions.GetValueOrDefault(key)}{key}={value}\n");
            Assert.Contains(zoo.Errors(), e => e.Key == key && e.What.Contains($"{low} to {high}", StringComparison.Ordinal));
        }
    }

    [Theory]
    [MemberData(nameof(Defaults))]
    public void The_default_is_the_one_that_is_described(string key, string value)
    {
        using var without = Zoo.With(string.Empty);
        using var with = Zoo.With($"{key}={value}\n");
        Assert.Equal(KeyEffects.All[key].Read(without.Load()), KeyEffects.All[key].Read(with.Load()));
    }

    [Theory]
    [InlineData("A server's file", "zoo.cfg", "    ")]
    [InlineData("The same in JSON", "server.json", "")]
    public void The_examples_are_good(string heading, string name, string indent)
    {
        var text = Repository.Read("docs/configuration.md");
        var after = text[text.IndexOf(heading, StringComparison.Ordinal)..].Split('\n').Skip(1);
        var lines = indent.Length > 0
            ? after.SkipWhile(l => !l.StartsWith(indent, StringComparison.Ordinal)).TakeWhile(l => l.StartsWith(indent, StringComparison.Ordinal))
            : after.SkipWhile(l => !l.StartsWith("```", StringComparison.Ordinal)).Skip(1).TakeWhile(l => !l.StartsWith("```", StringComparison.Ordinal));
        using var zoo = new Zoo(string.Join('\n', lines), name);
        var secret = Path.Combine(zoo.Directory, "secret");
        EnsembleSecret.Create(secret);
        var configuration = zoo.Load(["secretFile=" + secret], id: 2);
        Assert.Equal(("orders-prod", 3, 2181), (configuration.ClusterId, configuration.Servers.Count, configuration.Clients.ClientPort));
        Assert.Empty(configuration.Warnings);
    }

    // What the loader lets through must not fail later, deep in a start.
    private static void DemandThatItRuns(ServerConfiguration configuration)
    {
        configuration.Replica.Zab.Validate();
        configuration.Election.Validate();
        configuration.Transactions.Validate();
        configuration.StorageOf("root").Validate();
        Assert.InRange(configuration.Replica.MaxFrame, 1_024, configuration.Replica.MaxTxnBytes - 65_536);
        Assert.InRange(configuration.StorageOf("root").MaxTxnBytes, configuration.Replica.MaxTxnBytes, int.MaxValue);
        Assert.InRange(configuration.Replica.ContainerCheckInterval, 10, int.MaxValue);
        Assert.InRange(configuration.Replica.ContainerMaxPerCheck, 1, 1_000_000);
    }

    private static string[] CertificatesIn(string directory)
    {
        var (store, trust, password) = Certificates.Make(directory);
        return ["ssl.keyStore.location=" + store, "ssl.keyStore.passwordPath=" + password, "ssl.trustStore.location=" + trust];
    }

    private static long Number(string text) => long.Parse(text.Replace(",", string.Empty, StringComparison.Ordinal), CultureInfo.InvariantCulture);

    private static Dictionary<string, (string Unit, string Range, string Default)> ReadRows()
    {
        var rows = new Dictionary<string, (string, string, string)>(StringComparer.Ordinal);
        foreach (var line in Repository.Read("docs/configuration.md").Split('\n'))
        {
            if (line.StartsWith("| `", StringComparison.Ordinal) && line.Trim('|').Split('|', StringSplitOptions.TrimEntries) is [var key, _, var unit, var range, var fallback])
            {
                rows.Add(key.Trim('`'), (unit, range, fallback));
            }
        }

        return rows;
    }

    [GeneratedRegex(@"^(?<low>[\d,]+) to (?<high>[\d,]+)$")]
    private static partial Regex NumericRange();

    [GeneratedRegex(@"^[\d,]*\d(?=$|,? )(?! tick)")]
    private static partial Regex LeadingNumber();
}
