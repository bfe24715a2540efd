using System.Security.Cryptography;
using System.Text;
using GrainKeeper.Differential.Tests.Wire;

namespace GrainKeeper.Differential.Tests.Workload;

/// <summary>ACLs as clients send them, valid and not.</summary>
internal sealed class Acls(Random random)
{
    private static readonly (string? Scheme, string? Id)[] Ids =
    [
        ("world", "anyone"), ("world", "anyone"), ("world", "anyone"), ("auth", ""), ("auth", "ignored"),
        ("digest", DigestOf("u1", "p1")), ("digest", DigestOf("u2", "p2")), ("digest", "u3:anything"),
        ("ip", "127.0.0.1"), ("ip", "127.0.0.0/8"), ("ip", "10.0.0.0/8"), ("ip", "127.0.0.1/32"), ("ip", "0.0.0.0/0"),
    ];

    private static readonly (string? Scheme, string? Id)[] BadIds =
    [
        ("world", "someone"), ("world", ""), ("digest", "nocolon"), ("digest", "a:b:c"), ("digest", ":"), ("digest", ""), ("digest", ":x"), ("digest", "x:"),
        ("ip", ""), ("ip", "localhost"), ("ip", "1.2.3"), ("ip", "1.2.3.4/33"), ("ip", "1.2.3.4/-1"), ("ip", "1.2.3.4/"), ("ip", "1.2.3.256"), ("ip", "1.2.3.4/8/8"),
        ("nonsense", "x"), ("", ""), ("super", ""), ("super", "x"), ("World", "anyone"),
    ];

    public static string DigestOf(string user, string password) =>
        user + ":" + Convert.ToBase64String(SHA1.HashData(Encoding.UTF8.GetBytes(user + ":" + password)));

    /// <summary>Adds one to a record.</summary>
    /// <returns>What it says, for a reader.</returns>
    public string Write(RecordWriter record)
    {
        var dice = random.Next(100);
        switch (dice)
        {
            case < 70:
                return Write(record, [(31, "world", "anyone")]);
            case < 72:
                record.Int(random.Next(2) - 1);
                return "acl=none";
        }

        if (dice == 72)
        {
            return Write(record, [(31, null, "x")]);
        }

        var entries = new List<(int, string?, string?)>();
        for (var count = random.Next(1, 4); count > 0; count--)
        {
            var (scheme, id) = random.Next(8) == 0 ? BadIds[random.Next(BadIds.Length)] : Ids[random.Next(Ids.Length)];
            entries.Add((random.Next(3) == 0 ? random.Next(-1, 66) : 31, scheme, id));
        }

        if (random.Next(4) == 0)
        {
            entries.Add(entries[0]);
        }

        return Write(record, entries);
    }

    private static string Write(RecordWriter record, List<(int Permissions, string? Scheme, string? Id)> entries)
    {
        record.Int(entries.Count);
        foreach (var (permissions, scheme, id) in entries)
        {
            record.Int(permissions).Text(scheme).Text(id);
        }

        return "acl=" + string.Join(',', entries.Select(e => $"{e.Permissions}:{e.Scheme ?? "null"}:{e.Id}"));
    }
}
