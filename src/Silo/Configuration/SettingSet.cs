using System.Collections;
using System.Globalization;

namespace GrainKeeper.Silo.Configuration;

/// <summary>All settings by key; of several sources the strongest wins.</summary>
internal sealed class SettingSet : IEnumerable<Setting>
{
    private const string EnvironmentPrefix = "GRAINKEEPER_";
    private readonly Dictionary<string, Setting> _byKey = new(StringComparer.Ordinal);

    public Setting? this[string key] => _byKey.GetValueOrDefault(Setting.Normalize(key));

    public static SettingSet Collect(ConfigurationRequest request, List<ConfigurationProblem> problems)
    {
        var set = new SettingSet();
        if (request.AppSettingsDirectory is { } directory && Path.Combine(directory, "appsettings.json") is var app && File.Exists(app))
        {
            set.AddFile(app, problems);
        }

        if (request.File is { } file)
        {
            set.AddFile(file, problems);
        }

        if (set["dynamicConfigFile"] is { } dynamic)
        {
            set.AddDynamic(dynamic, problems);
        }

        set.AddEnvironment(request.Environment);
        set.AddCommandLine(request, problems);
        return set;
    }

    public IEnumerator<Setting> GetEnumerator() => _byKey.Values.OrderBy(s => s.Normal, StringComparer.Ordinal).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private void AddFile(string path, List<ConfigurationProblem> problems)
    {
        var isJson = path.EndsWith(".json", StringComparison.OrdinalIgnoreCase);
        try
        {
            Put(isJson ? JsonSettings.Read(path) : PropertiesFile.Read(path), problems);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            problems.Add(new ConfigurationProblem(true, "config", path, null, $"the file cannot be read: {e.Message}", "give the path of a readable zoo.cfg or .json file"));
        }
    }

    private void AddDynamic(Setting setting, List<ConfigurationProblem> problems)
    {
        try
        {
            Put(PropertiesFile.Read(setting.Value), problems);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add(new ConfigurationProblem(
                true, setting.Key, setting.Where, setting.Value, $"the file cannot be read: {e.Message}", "give the path of the file with the server lines, or put them into the zoo.cfg"));
        }
    }

    private void AddEnvironment(IReadOnlyDictionary<string, string> environment)
    {
        foreach (var (name, value) in environment.OrderBy(e => e.Key, StringComparer.Ordinal))
        {
            if (name.StartsWith(EnvironmentPrefix, StringComparison.OrdinalIgnoreCase) && name.Length > EnvironmentPrefix.Length)
            {
                var setting = new Setting(name[EnvironmentPrefix.Length..], value.Trim(), $"environment variable {name}");
                _byKey[setting.Normal] = setting;
            }
        }
    }

    private void AddCommandLine(ConfigurationRequest request, List<ConfigurationProblem> problems)
    {
        foreach (var text in request.Settings)
        {
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                problems.Add(new ConfigurationProblem(true, "--set", "command line", text, "it is not of the form key=value", "write for example --set tickTime=2000"));
                continue;
            }

            var setting = new Setting(text[..equals], text[(equals + 1)..].Trim(), "command line");
            _byKey[setting.Normal] = setting;
        }

        if (request.Id is { } id)
        {
            var setting = new Setting("id", id.ToString(CultureInfo.InvariantCulture), "command line");
            _byKey[setting.Normal] = setting;
        }
    }

    private void Put(IReadOnlyList<Setting> settings, List<ConfigurationProblem> problems)
    {
        var here = new HashSet<string>(StringComparer.Ordinal);
        foreach (var setting in settings)
        {
            if (!here.Add(setting.Normal))
            {
                problems.Add(new ConfigurationProblem(
                    false, setting.Key, setting.Where, null, $"the key is given twice; this line replaces {_byKey[setting.Normal].Where}", "delete one of them"));
            }

            _byKey[setting.Normal] = setting;
        }
    }
}
