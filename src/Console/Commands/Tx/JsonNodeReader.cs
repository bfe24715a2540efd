using System.Text.Json;

namespace GrainKeeper.Console.Commands.Tx;

/// <summary>Reads the members of a JSON object strictly: a member of an unknown name or a wrong kind is an error that names its place.</summary>
internal sealed class JsonNodeReader
{
    private readonly JsonElement _element;
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);

    internal JsonNodeReader(JsonElement element, string place)
    {
        (_element, Place) = (element, place);
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw new UsageException($"{place}: an object is expected, not {Name(element)}");
        }
    }

    /// <summary>Where in the document.</summary>
    internal string Place { get; }

    internal string? Text(string name) => Take(name) is not { } value ? null : value.ValueKind == JsonValueKind.String ? value.GetString() : throw Wrong(name, "a text", value);

    internal long? Integer(string name, long low, long high)
    {
        if (Take(name) is not { } value)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= low && number <= high ? number : throw Wrong(name, $"an integer from {low} to {high}", value);
    }

    internal IReadOnlyList<JsonElement>? List(string name) => Take(name) is not { } value ? null : value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : throw Wrong(name, "a list", value);

    /// <summary>Data as text (UTF-8) or in base64; null when neither is given.</summary>
    internal byte[]? Data()
    {
        var text = Text("data");
        if (Text("base64") is not { } encoded)
        {
            return text is null ? null : System.Text.Encoding.UTF8.GetBytes(text);
        }

        if (text is not null)
        {
            throw new UsageException($"{Place}: both data and base64 are given: leave one out");
        }

        try
        {
            return Convert.FromBase64String(encoded);
        }
        catch (FormatException)
        {
            throw new UsageException($"{Place}.base64: this is no base64");
        }
    }

    /// <summary>Which of some members is there; exactly one must be.</summary>
    internal string OneOf(params string[] names)
    {
        var found = names.Where(n => _element.TryGetProperty(n, out _)).ToArray();
        return found.Length == 1 ? found[0] : throw new UsageException($"{Place}: give one of {string.Join(", ", names)}{(found.Length > 1 ? $", not both {found[0]} and {found[1]}" : string.Empty)}");
    }

    internal void End()
    {
        foreach (var member in _element.EnumerateObject().Where(m => !_taken.Contains(m.Name)))
        {
            throw new UsageException($"{Place}: '{member.Name}' is unknown here, or does not go with the other members");
        }
    }

    internal static string Name(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => $"the number {(element.GetRawText() is { Length: <= 40 } text ? text : "given")}",
        _ => element.ValueKind.ToString().ToLowerInvariant(),
    };

    private JsonElement? Take(string name)
    {
        _taken.Add(name);
        return _element.TryGetProperty(name, out var value) ? value : null;
    }

    private UsageException Wrong(string name, string expected, JsonElement value) => new($"{Place}.{name}: {expected} is expected, not {Name(value)}");
}
