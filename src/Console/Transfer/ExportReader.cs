using System.Text.Json;

namespace GrainKeeper.Console.Transfer;

/// <summary>Reads an export line by line, and checks what can be checked without an ensemble.</summary>
internal sealed class ExportReader(LineReader lines)
{
    /// <summary>Longest line: a node of 32 MiB in base64, its path and its ACL.</summary>
    internal const int LongestLine = 48 * 1024 * 1024;

    private long _nodes;

    /// <summary>Reads the first line.</summary>
    /// <exception cref="FormatException">This is no export; the message says why.</exception>
    internal async Task<ExportHeader> BeginAsync(CancellationToken token)
    {
        var first = await lines.ReadAsync(token) ?? throw new FormatException("the file is empty: give a file that 'gk export' has written");
        using var document = Parse(first);
        if (KindOf(document) != TransferJson.Header)
        {
            throw new FormatException("the first line is not that of an export: give a file that 'gk export' has written");
        }

        if (document.RootElement.TryGetProperty("version", out var version) && version.ValueKind == JsonValueKind.Number && version.TryGetInt32(out var number) && number is < 1 or > TransferJson.Version)
        {
            throw new FormatException($"the export has format version {number}, this program reads versions 1 to {TransferJson.Version}: use the program that wrote it, or a later one");
        }

        return Read<ExportHeader>(document);
    }

    /// <summary>Reads the next node.</summary>
    /// <returns>Null after the last one.</returns>
    /// <exception cref="FormatException">The line cannot be read, or the file ends before its last line.</exception>
    internal async Task<ExportNode?> NextAsync(CancellationToken token)
    {
        var line = await lines.ReadAsync(token)
            ?? throw new FormatException($"the file ends after {_nodes} nodes without its last line: the export was cut off");
        using var document = Parse(line);
        if (KindOf(document) is { } kind)
        {
            return kind == TransferJson.End && Read<ExportEnd>(document).Nodes == _nodes
                ? null
                : throw new FormatException($"line {lines.Number}: the last line of an export of {_nodes} nodes is expected here: nodes are missing, or were added");
        }

        var node = Read<ExportNode>(document);
        if (!node.Path.StartsWith('/') || (node.Path.Length > 1 && node.Path.EndsWith('/')))
        {
            throw new FormatException($"line {lines.Number}: path '{node.Path}' does not begin with /, or ends with it");
        }

        _nodes++;
        return node;
    }

    private static string? KindOf(JsonDocument line) =>
        line.RootElement.ValueKind == JsonValueKind.Object && line.RootElement.TryGetProperty("gk", out var kind) && kind.ValueKind == JsonValueKind.String ? kind.GetString() : null;

    private JsonDocument Parse(byte[] line)
    {
        try
        {
            return JsonDocument.Parse(line);
        }
        catch (JsonException e)
        {
            throw new FormatException($"line {lines.Number} is no JSON: {e.Message}");
        }
    }

    private T Read<T>(JsonDocument line)
    {
        try
        {
            return line.Deserialize<T>(TransferJson.Options) ?? throw new FormatException($"line {lines.Number}: an object is expected");
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw new FormatException($"line {lines.Number}: {e.Message}");
        }
    }
}
