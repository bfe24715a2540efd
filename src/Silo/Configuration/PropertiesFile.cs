using System.Globalization;
using System.Text;

namespace GrainKeeper.Silo.Configuration;

/// <summary>Reads the Java properties format of a zoo.cfg: comments, continued lines, escapes, and <c>=</c>, <c>:</c> or blanks after the key.</summary>
internal static class PropertiesFile
{
    public const int MaxBytes = 1024 * 1024;

    /// <exception cref="IOException">The file cannot be read or is too large.</exception>
    public static IReadOnlyList<Setting> Read(string path)
    {
        var length = new FileInfo(path).Length;
        return length <= MaxBytes
            ? Parse(File.ReadAllText(path), path)
            : throw new IOException($"it has {length} bytes; a configuration file may have at most {MaxBytes}");
    }

    public static IReadOnlyList<Setting> Parse(string text, string name)
    {
        var settings = new List<Setting>();
        var lines = text.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var first = i + 1;
            var logical = lines[i].TrimEnd('\r').TrimStart();
            if (logical.Length == 0 || logical[0] is '#' or '!')
            {
                continue;
            }

            while (EndsInOddBackslashes(logical) && i + 1 < lines.Length)
            {
                logical = logical[..^1] + lines[++i].TrimEnd('\r').TrimStart();
            }

            var (key, value) = Divide(logical);
            settings.Add(new Setting(key, value, string.Create(CultureInfo.InvariantCulture, $"{name}:{first}")));
        }

        return settings;
    }

    private static bool EndsInOddBackslashes(string line)
    {
        var count = 0;
        while (count < line.Length && line[^(count + 1)] == '\\')
        {
            count++;
        }

        return count % 2 == 1;
    }

    private static (string Key, string Value) Divide(string line)
    {
        var end = 0;
        while (end < line.Length && line[end] is not ('=' or ':') && !char.IsWhiteSpace(line[end]))
        {
            end += line[end] == '\\' ? 2 : 1;
        }

        end = Math.Min(end, line.Length);
        var rest = line[end..].TrimStart();
        if (rest.Length > 0 && rest[0] is '=' or ':')
        {
            rest = rest[1..].TrimStart();
        }

        return (Unescape(line[..end]), Unescape(rest).TrimEnd());
    }

    private static string Unescape(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal))
        {
            return text;
        }

        var plain = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\' || i + 1 == text.Length)
            {
                plain.Append(text[i]);
                continue;
            }

            i++;
            if (text[i] == 'u' && i + 4 < text.Length
                && ushort.TryParse(text.AsSpan(i + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
            {
                plain.Append((char)code);
                i += 4;
                continue;
            }

            plain.Append(text[i] switch { 't' => '\t', 'n' => '\n', 'r' => '\r', 'f' => '\f', var c => c });
        }

        return plain.ToString();
    }
}
