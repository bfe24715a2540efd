using System.Globalization;
using GrainKeeper.Contracts.Servers;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Grains.Ensembles;

namespace GrainKeeper.Silo.Membership;

/// <summary>
/// Orleans' membership without a store: every silo keeps a table of its own, with its own row written by Orleans and the rows of peers as they are met.
/// A peer that cannot be reached stays Active, so that nobody can be voted out; its row becomes Dead only when a newer silo of the same server is met.
/// Versions count the changes of this table only and mean nothing to other silos, so gossip must stay off.
/// </summary>
internal sealed class EnsembleMembershipTable(ServerId self, EnsembleDirectory ensemble) : IMembershipTable
{
    // Orleans forgets dead silos by itself; this bounds a table beside a peer that restarts for ever.
    private const int DeadRowsPerServer = 2;
    private readonly Lock _lock = new();
    private readonly string _selfName = SiloNames.Of(self);
    private readonly Dictionary<SiloAddress, Row> _rows = [];
    private int _version;
    private long _tags;

    /// <summary>The number of changes so far.</summary>
    public int Version
    {
        get
        {
            lock (_lock)
            {
                return _version;
            }
        }
    }

    /// <summary>Makes the silo of a peer known as Active, and its older silos as Dead.</summary>
    public void Seen(ServerId server, SiloAddress silo)
    {
        var name = SiloNames.Of(server);
        lock (_lock)
        {
            if (_rows.TryGetValue(silo, out var known) && known.Entry.Status == SiloStatus.Active)
            {
                return;
            }

            foreach (var (address, row) in _rows.Where(r => r.Value.Entry.SiloName == name && r.Value.Entry.Status != SiloStatus.Dead).ToArray())
            {
                var dead = Copy(row.Entry);
                dead.Status = SiloStatus.Dead;
                _rows[address] = new Row(dead, ++_tags);
            }

            var entry = ensemble.List.Find(server);
            var now = DateTime.UtcNow;
            _rows[silo] = new Row(
                new MembershipEntry
                {
                    SiloAddress = silo,
                    Status = SiloStatus.Active,
                    SiloName = name,
                    HostName = entry?.Host ?? silo.Endpoint.Address.ToString(),
                    ProxyPort = entry?.GatewayPort ?? 0,
                    StartTime = now,
                    IAmAliveTime = now,
                    SuspectTimes = [],
                },
                ++_tags);
            ForgetOldest(name);
            _version++;
        }
    }

    /// <inheritdoc/>
    public Task InitializeMembershipTable(bool tryInitTableVersion) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task DeleteMembershipTableEntries(string clusterId) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task<MembershipTableData> ReadRow(SiloAddress key) => Task.FromResult(Read(row => row.SiloAddress.Equals(key)));

    /// <inheritdoc/>
    public Task<MembershipTableData> ReadAll() => Task.FromResult(Read(_ => true));

    /// <inheritdoc/>
    public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion)
    {
        lock (_lock)
        {
            if (entry.SiloName != _selfName || _rows.ContainsKey(entry.SiloAddress))
            {
                return Task.FromResult(false);
            }

            Write(entry, tableVersion);
            return Task.FromResult(true);
        }
    }

    /// <inheritdoc/>
    public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion)
    {
        lock (_lock)
        {
            // Only the own row is Orleans' to write: nobody votes a static member out. The table's version is not compared, since nothing that
            // happened to a peer's row can conflict with the own one, and a refused update would delay a shutdown by a back-off of seconds.
            if (entry.SiloName != _selfName || !_rows.TryGetValue(entry.SiloAddress, out var row) || row.ETag != etag)
            {
                return Task.FromResult(false);
            }

            Write(entry, tableVersion);
            return Task.FromResult(true);
        }
    }

    /// <inheritdoc/>
    public Task UpdateIAmAlive(MembershipEntry entry) => Task.CompletedTask;

    private void Write(MembershipEntry entry, TableVersion tableVersion)
    {
        _rows[entry.SiloAddress] = new Row(Copy(entry), ++_tags);
        _version = Math.Max(_version + 1, tableVersion.Version);
    }

    private MembershipTableData Read(Func<MembershipEntry, bool> wanted)
    {
        lock (_lock)
        {
            var now = DateTime.UtcNow;
            var rows = new List<Tuple<MembershipEntry, string>>(_rows.Count);
            foreach (var row in _rows.Values.Where(r => wanted(r.Entry)).OrderBy(r => r.Entry.SiloAddress))
            {
                var copy = Copy(row.Entry);
                if (copy.Status == SiloStatus.Active)
                {
                    // Liveness is not judged by this time stamp here; a stale one would only fill the log with warnings.
                    copy.IAmAliveTime = now;
                }

                rows.Add(Tuple.Create(copy, row.ETag));
            }

            return new MembershipTableData(rows, new TableVersion(_version, _version.ToString(CultureInfo.InvariantCulture)));
        }
    }

    private void ForgetOldest(string name)
    {
        var dead = _rows.Where(r => r.Value.Entry.SiloName == name && r.Value.Entry.Status == SiloStatus.Dead)
            .OrderByDescending(r => r.Value.Tag).Skip(DeadRowsPerServer).Select(r => r.Key).ToArray();
        foreach (var address in dead)
        {
            _rows.Remove(address);
        }
    }

    private static MembershipEntry Copy(MembershipEntry entry) => new()
    {
        SiloAddress = entry.SiloAddress,
        Status = entry.Status,
        SiloName = entry.SiloName,
        HostName = entry.HostName,
        ProxyPort = entry.ProxyPort,
        RoleName = entry.RoleName,
        StartTime = entry.StartTime,
        IAmAliveTime = entry.IAmAliveTime,
        SuspectTimes = [.. entry.SuspectTimes ?? []],
    };

    private sealed record Row(MembershipEntry Entry, long Tag)
    {
        public string ETag { get; } = Tag.ToString(CultureInfo.InvariantCulture);
    }
}
