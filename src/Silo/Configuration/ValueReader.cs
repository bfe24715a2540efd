using System.Globalization;

namespace GrainKeeper.Silo.Configuration;

/// <summary>Takes typed values from the settings and collects what is wrong with them instead of stopping at the first error.</summary>
internal sealed class ValueReader(SettingSet settings, List<ConfigurationProblem> problems)
{
    public SettingSet Settings => settings;

    public bool Has(string key) => Find(key) is not null;

    public string? Text(string key) => Find(key)?.Value;

    public int Int(string key, int fallback, int low, int high, string unit) => OptionalInt(key, low, high, unit) ?? fallback;

    public long Long(string key, long fallback, long low, long high, string unit) => OptionalLong(key, low, high, unit) ?? fallback;

    public int? OptionalInt(string key, int low, int high, string unit) => (int?)OptionalLong(key, low, high, unit);

    public bool Bool(string key, bool fallback)
    {
        switch (Find(key))
        {
            case null:
                return fallback;
            case { Value: var v } when v.Equals("true", StringComparison.OrdinalIgnoreCase) || v.Equals("yes", StringComparison.OrdinalIgnoreCase):
                return true;
            case { Value: var v } when v.Equals("false", StringComparison.OrdinalIgnoreCase) || v.Equals("no", StringComparison.OrdinalIgnoreCase):
                return false;
            case var setting:
                Error(setting, "must be true, yes, false or no", "write one of these words");
                return fallback;
        }
    }

    /// <summary>One of an enumeration's names, whatever the case; unlike <see cref="Enum.TryParse{TEnum}(string, out TEnum)"/> no number and no list of names.</summary>
    public static bool TryWord<T>(string text, out T value)
        where T : struct, Enum
    {
        var name = Enum.GetNames<T>().FirstOrDefault(n => n.Equals(text, StringComparison.OrdinalIgnoreCase));
        value = name is null ? default : Enum.Parse<T>(name);
        return name is not null;
    }

    public int? Port(string key) => OptionalInt(key, 1, 65_535, "(a TCP port)");

    public void Error(Setting setting, string what, string remedy) => problems.Add(new ConfigurationProblem(
        true, setting.Key, setting.Where, KeyCatalogue.IsSecret(setting.Normal) ? null : setting.Value, what, remedy));

    public void Error(string key, string what, string remedy)
    {
        if (Find(key) is { } setting)
        {
            Error(setting, what, remedy);
        }
        else
        {
            problems.Add(new ConfigurationProblem(true, key, null, null, what, remedy));
        }
    }

    public void Warn(Setting setting, string what, string remedy) => problems.Add(new ConfigurationProblem(
        false, setting.Key, setting.Where, KeyCatalogue.IsSecret(setting.Normal) ? null : setting.Value, what, remedy));

    public void Warn(string key, string what, string remedy) => problems.Add(new ConfigurationProblem(false, key, null, null, what, remedy));

    private long? OptionalLong(string key, long low, long high, string unit)
    {
        if (Find(key) is not { } setting)
        {
            return null;
        }

        if (TryParse(setting.Value, out var value) && value >= low && value <= high)
        {
            return value;
        }

        Error(setting, string.Create(CultureInfo.InvariantCulture, $"must be a whole number of {low} to {high} {unit}"), $"correct the number or remove the line to get the default");
        return null;
    }

    // An empty value is how a properties file switches a key off.
    private Setting? Find(string key) => settings[key] is { Value.Length: > 0 } setting ? setting : null;

    private static bool TryParse(string text, out long value) =>
        text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? long.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value)
            : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
}
