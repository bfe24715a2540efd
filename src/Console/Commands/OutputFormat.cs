using System.CommandLine;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.Console.Commands;

/// <summary>The option <c>--output</c>, and what results have in common.</summary>
internal static class OutputFormat
{
    internal static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>As above, one object a line.</summary>
    internal static readonly JsonSerializerOptions JsonLines = new(Json) { WriteIndented = false };

    internal static Option<string> Make()
    {
        var output = new Option<string>("--output", "-o") { Description = "table or json", DefaultValueFactory = _ => "table" };
        output.AcceptOnlyFromAmong("table", "json");
        return output;
    }

    internal static bool IsJson(ParseResult parsed, Option<string> output) => parsed.GetValue(output) == "json";

    /// <summary>A stat for scripts, under ZooKeeper's names.</summary>
    internal static object Object(Stat stat) => new
    {
        czxid = Zxid(stat.Czxid),
        ctime = Time(stat.Ctime),
        mzxid = Zxid(stat.Mzxid),
        mtime = Time(stat.Mtime),
        pzxid = Zxid(stat.Pzxid),
        cversion = stat.CVersion,
        version = stat.Version,
        aversion = stat.AVersion,
        ephemeralOwner = Zxid(stat.EphemeralOwner),
        dataLength = stat.DataLength,
        numChildren = stat.NumChildren,
    };

    internal static string Zxid(long zxid) => $"0x{zxid:x}";

    internal static string Time(long milliseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(milliseconds, 0, 253402300799999)).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
}
