using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using GrainKeeper.Lab.Stories;

namespace GrainKeeper.Lab.Rendering;

/// <summary>A story as JSON, event by event, for programs.</summary>
public static class JsonStory
{
    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>The whole story. Times are in microseconds.</summary>
    /// <param name="story">The story.</param>
    public static string Whole(Story story) => new JsonObject
    {
        ["name"] = story.Name,
        ["title"] = story.Title,
        ["seed"] = story.Seed,
        ["holds"] = story.Holds,
        ["length"] = story.Length,
        ["cast"] = JsonSerializer.SerializeToNode(story.Cast, Options),
        ["events"] = new JsonArray([.. story.Events.Select(Event)]),
    }.ToJsonString(Options);

    private static JsonNode Event(StoryEvent happened)
    {
        var node = JsonSerializer.SerializeToNode(happened, happened.GetType(), Options)!.AsObject();
        node.Insert(0, "event", JsonNamingPolicy.CamelCase.ConvertName(happened.GetType().Name));
        return node;
    }
}
