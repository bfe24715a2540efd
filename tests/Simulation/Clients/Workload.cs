using GrainKeeper.Core.Jute;

namespace GrainKeeper.Simulation.Clients;

/// <summary>Invents a client's requests.</summary>
public sealed class Workload(int client, SimRandom random, SimulationProfile profile, Func<long> nextValue)
{
    private readonly Dictionary<string, int> _versions = [];

    /// <summary>The parents that all clients need; asked for at the start of each session.</summary>
    public static IReadOnlyList<ClientRequest> Prelude { get; } =
    [
        new() { Type = OpCode.Create, Path = "/seq" },
        new() { Type = OpCode.Create, Path = "/eph" },
    ];

    /// <summary>The key with a number.</summary>
    public static string Key(int number) => $"/k{number}";

    /// <summary>The paths that are read at the end.</summary>
    public static IReadOnlyList<string> AllPaths(SimulationProfile profile) =>
        [.. Enumerable.Range(0, profile.Keys).Select(Key), "/seq", "/eph"];

    /// <summary>Makes a prelude request of one's own.</summary>
    public static ClientRequest Copy(ClientRequest original) => new()
    {
        Type = original.Type,
        Path = original.Path,
        Value = original.Value,
        Version = original.Version,
        Flags = original.Flags,
        Watch = original.Watch,
        Linearizable = original.Linearizable,
        Parts = [.. original.Parts.Select(Copy)],
    };

    /// <summary>The next request.</summary>
    public ClientRequest Next()
    {
        var dice = random.Below(100);
        return Next(dice, profile.LinearizableReads && dice is ((>= 30 and < 42) or (>= 50 and < 55) or 58 or 59));
    }

    private ClientRequest Next(int dice, bool linearizable) => dice switch
    {
        < 14 => Set(RandomKey()),
        < 24 => new ClientRequest { Type = random.Chance(0.5) ? OpCode.Create : OpCode.Create2, Path = RandomKey(), Value = nextValue() },
        < 30 => new ClientRequest { Type = OpCode.Delete, Path = RandomKey(), Version = RandomVersion(RandomKey()) },
        < 50 => new ClientRequest { Type = OpCode.GetData, Path = RandomKey(), Watch = random.Chance(0.4), Linearizable = linearizable },
        < 58 => new ClientRequest { Type = OpCode.Exists, Path = RandomPath(), Watch = random.Chance(0.5), Linearizable = linearizable },
        < 64 => new ClientRequest { Type = random.Chance(0.5) ? OpCode.GetChildren : OpCode.GetChildren2, Path = RandomParent(), Watch = random.Chance(0.4), Linearizable = linearizable },
        < 70 => new ClientRequest { Type = OpCode.Sync, Path = RandomKey() },
        < 78 => Sequential(),
        < 84 => Ephemeral(),
        < 87 => new ClientRequest { Type = OpCode.Delete, Path = EphemeralPath() },
        < 89 => new ClientRequest { Type = OpCode.SetData, Path = "/seq", Value = nextValue() },
        _ => Multi(),
    };

    /// <summary>Learns versions from an answer, so that some conditions will hold.</summary>
    public void Learn(ClientRequest request)
    {
        if (request.Result.Stat is { } stat)
        {
            _versions[request.Path] = stat.Version;
        }
    }

    private ClientRequest Set(string path) => new() { Type = OpCode.SetData, Path = path, Value = nextValue(), Version = RandomVersion(path) };

    private ClientRequest Sequential() => new()
    {
        Type = random.Chance(0.5) ? OpCode.Create : OpCode.Create2,
        Path = "/seq/n-",
        Value = nextValue(),
        Flags = random.Chance(0.5) ? 2 : 3,
    };

    /// <summary>A request for an ephemeral node.</summary>
    public ClientRequest Ephemeral() => new() { Type = OpCode.Create, Path = EphemeralPath(), Value = nextValue(), Flags = 1 };

    private ClientRequest Multi()
    {
        var parts = new List<ClientRequest>();
        for (var i = random.Between(1, 4); i > 0; i--)
        {
            var key = RandomKey();
            parts.Add(random.Below(5) switch
            {
                0 => new ClientRequest { Type = OpCode.Check, Path = key, Version = RandomVersion(key) },
                1 => new ClientRequest { Type = OpCode.Create, Path = key, Value = nextValue() },
                2 => new ClientRequest { Type = OpCode.Delete, Path = key },
                3 => Sequential(),
                _ => Set(key),
            });
        }

        return new ClientRequest { Type = OpCode.Multi, Parts = parts };
    }

    private string RandomKey() => Key(random.Below(profile.Keys));

    private string RandomParent() => random.Pick(["/", "/seq", "/eph"]);

    private string RandomPath() => random.Chance(0.7) ? RandomKey() : EphemeralPath();

    private string EphemeralPath() => $"/eph/e{(random.Chance(0.7) ? client : random.Below(profile.Clients))}";

    private int RandomVersion(string path) => random.Chance(0.6) ? -1 : _versions.GetValueOrDefault(path, 0);
}
