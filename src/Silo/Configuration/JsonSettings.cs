using System.Globalization;
using System.Text.Json;

namespace GrainKeeper.Silo.Configuration;

/// <summary>Reads the section <c>GrainKeeper</c> of a JSON file as .NET configuration does, and finds the line of each key.</summary>
internal static class JsonSettings
{
    public const string Section = "GrainKeeper";

    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="FormatException">It is not JSON.</exception>
    public static IReadOnlyList<Setting> Read(string path)
    {
        var bytes = File.ReadAllBytes(path);
        IConfigurationSection section;
        Dictionary<string, int> lines;
        try
        {
            using var stream = new MemoryStream(bytes, writable: false);
            section = new ConfigurationBuilder().AddJsonStream(stream).Build().GetSection(Section);
            lines = FindLines(bytes);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidDataException)
        {
            throw new FormatException($"it is not valid JSON: {(e.InnerException ?? e).Message}", e);
        }

        return [.. section.AsEnumerable(makePathsRelative: true)
            .Where(pair => pair.Value is not null)
            .Select(pair => new Setting(pair.Key, pair.Value!.Trim(), Place(path, lines, pair.Key)))
            .OrderBy(s => s.Key, StringComparer.Ordinal)];
    }

    private static string Place(string path, Dictionary<string, int> lines, string key) =>
        lines.TryGetValue($"{Section}:{key}".ToUpperInvariant(), out var line)
            ? string.Create(CultureInfo.InvariantCulture, $"{path}:{line}")
            : path;

    private static Dictionary<string, int> FindLines(byte[] bytes)
    {
        var found = new Dictionary<string, int>();
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        var path = new Stack<string>();
        string? name = null;
        var counted = 0;
        var line = 1;
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    name = reader.GetString()!;
                    line += bytes.AsSpan(counted, (int)reader.TokenStartIndex - counted).Count((byte)'\n');
                    counted = (int)reader.TokenStartIndex;
                    found[string.Join(':', path.Reverse().Append(name)).ToUpperInvariant()] = line;
                    break;
                case JsonTokenType.StartObject or JsonTokenType.StartArray when reader.CurrentDepth > 0 || name is not null:
                    path.Push(name ?? string.Empty);
                    name = null;
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    path.TryPop(out _);
                    break;
                default:
                    break;
            }
        }

        return found;
    }
}
