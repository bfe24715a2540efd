using GrainKeeper.Contracts;
using GrainKeeper.Core.Requests;
using GrainKeeper.Grains.Transactions.Postgres;

namespace GrainKeeper.Silo.Configuration;

/// <summary>Reads the databases that take part in transactions: <c>transactions.postgres.NAME</c>, and with <c>.file</c>, <c>.allow</c> and <c>.logTree</c> behind it.</summary>
internal static class DatabaseReader
{
    /// <summary>What all its keys begin with, in their one spelling.</summary>
    public const string Prefix = "transactions.postgres.";

    private const int MaxDatabases = 100;

    private static readonly string[] Parts = ["file", "allow", "logtree"];

    /// <summary>Whether a key's value may hold a password: also one with a slip in its last part.</summary>
    public static bool IsSecret(string normal) =>
        normal.StartsWith(Prefix, StringComparison.Ordinal) && !Parts.Any(p => normal.EndsWith("." + p, StringComparison.Ordinal));

    public static IReadOnlyList<PostgresOptions> Read(ValueReader values)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var setting in values.Settings.Where(s => s.Value.Length > 0 && s.Normal.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            var parts = setting.Normal[Prefix.Length..].Split('.', 2);
            var (name, part) = (parts[0], parts.Length > 1 ? parts[1] : null);
            if (!PostgresOptions.IsName(name) || (part is not null && !Parts.Contains(part)))
            {
                values.Error(
                    setting,
                    "no such key: the name has 1 to 40 letters, digits and '-', and behind it may stand .file, .allow or .logTree",
                    "write transactions.postgres.NAME=Host=…;Database=…;Username=…;Password=…");
            }
            else
            {
                names.Add(name);
            }
        }

        if (names.Count > MaxDatabases)
        {
            values.Error(Prefix + "NAME", $"{names.Count} databases are given, at most {MaxDatabases}", "remove some");
            return [];
        }

        return [.. names.Select(n => Read(values, n)).OfType<PostgresOptions>()];
    }

    private static PostgresOptions? Read(ValueReader values, string name)
    {
        var key = Prefix + name;
        if (ReadConnection(values, key) is not { } connection)
        {
            return null;
        }

        var tree = values.Text(key + ".logTree") ?? TreeName.Root;
        if (!TreeName.IsValid(tree))
        {
            values.Error(values.Settings[key + ".logTree"]!, "cannot name a tree", "give the name of a tree, or remove the line to get root");
            return null;
        }

        return new PostgresOptions { Name = name, ConnectionString = connection, LogTree = tree, Allow = ReadAllow(values, key + ".allow") };
    }

    private static IReadOnlyList<Identity> ReadAllow(ValueReader values, string key)
    {
        try
        {
            return values.Text(key) is { } text ? PostgresAccess.Parse(text) : [];
        }
        catch (FormatException e)
        {
            values.Error(values.Settings[key]!, e.Message, "write identities as in ACLs, separated by commas: digest:alice:hash=,x509:CN=orders");
            return [];
        }
    }

    private static string? ReadConnection(ValueReader values, string key)
    {
        var file = key + ".file";
        if (values.Text(key) is { } text)
        {
            if (values.Has(file))
            {
                values.Error(values.Settings[file]!, "the connection string is given, and a file with it, too", "remove one of them");
            }

            return Checked(values, values.Settings[key]!, text);
        }

        if (values.Text(file) is not { } path)
        {
            values.Error(key, "no connection string is given", $"set {key}, or {file} to a file that holds it");
            return null;
        }

        var setting = values.Settings[file]!;
        try
        {
            using var reader = new StreamReader(path);
            var read = new char[PostgresConnection.MaxLength + 1];
            var length = reader.ReadBlock(read);
            if (!OperatingSystem.IsWindows()
                && (File.GetUnixFileMode(path) & (UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite)) != 0)
            {
                values.Warn(setting, "the file can be read by other users of this machine", $"run: chmod 600 {path}");
            }

            return Checked(values, setting, new string(read, 0, length).Trim());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            values.Error(setting, $"the file cannot be read: {e.Message}", "give the path of a readable file with the connection string alone");
            return null;
        }
    }

    private static string? Checked(ValueReader values, Setting setting, string text)
    {
        if (PostgresConnection.Check(text) is not { } wrong)
        {
            return text;
        }

        values.Error(setting, $"the connection string {wrong}", "write it as Npgsql reads it: Host=…;Database=…;Username=…;Password=…");
        return null;
    }
}
