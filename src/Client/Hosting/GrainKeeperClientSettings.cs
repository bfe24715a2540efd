namespace GrainKeeper.Client.Hosting;

/// <summary>
/// How a hosted client connects: what <see cref="GrainKeeperClientOptions"/> has, in a form that configuration can fill. Its session is renewed when the servers have ended it.
/// </summary>
public sealed class GrainKeeperClientSettings
{
    /// <summary>Servers and chroot, <c>host:port,host:port/chroot</c>; see <see cref="ConnectString"/>. Required.</summary>
    public string Servers { get; set; } = string.Empty;

    /// <summary>See <see cref="GrainKeeperClientOptions.Tree"/>.</summary>
    public string Tree { get; set; } = Contracts.TreeName.Root;

    /// <summary>See <see cref="GrainKeeperClientOptions.ClusterId"/>.</summary>
    public string ClusterId { get; set; } = "grainkeeper";

    /// <summary>See <see cref="GrainKeeperClientOptions.SessionTimeout"/>.</summary>
    public TimeSpan SessionTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>See <see cref="GrainKeeperClientOptions.AttemptTimeout"/>.</summary>
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>See <see cref="GrainKeeperClientOptions.ConnectTimeout"/>.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>See <see cref="GrainKeeperClientOptions.QueueTimeout"/>.</summary>
    public TimeSpan QueueTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>See <see cref="GrainKeeperClientOptions.MaxOutstanding"/>.</summary>
    public int MaxOutstanding { get; set; } = 50_000;

    /// <summary>See <see cref="GrainKeeperClientOptions.MaxPendingEvents"/>.</summary>
    public int MaxPendingEvents { get; set; } = 100_000;

    /// <summary>See <see cref="GrainKeeperClientOptions.MaxFrame"/>.</summary>
    public int MaxFrame { get; set; } = 0xfffff;

    /// <summary>See <see cref="GrainKeeperClientOptions.ReadConsistency"/>.</summary>
    public ReadConsistency ReadConsistency { get; set; } = ReadConsistency.Sequential;

    /// <summary>Identities to prove, each <c>scheme:credentials</c>, for example <c>digest:user:password</c>. Secrets: keep them out of files that others read.</summary>
    public IList<string> Credentials { get; } = [];

    /// <summary>
    /// Whether the host waits for the first connection when it starts, and fails to start without one within <see cref="ConnectTimeout"/>. Otherwise it starts at once and operations wait. Default true.
    /// </summary>
    public bool ConnectAtStart { get; set; } = true;

    /// <summary>The options that these settings stand for.</summary>
    /// <exception cref="FormatException"><see cref="Servers"/> or credentials have a wrong form.</exception>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public GrainKeeperClientOptions ToOptions()
    {
        var options = new GrainKeeperClientOptions
        {
            Servers = Servers.Length > 0 ? ConnectString.Parse(Servers) : throw new FormatException("Servers is empty: name the servers' gateways, for example host1:3888,host2:3888"),
            Tree = Tree,
            ClusterId = ClusterId,
            SessionTimeout = SessionTimeout,
            AttemptTimeout = AttemptTimeout,
            ConnectTimeout = ConnectTimeout,
            QueueTimeout = QueueTimeout,
            MaxOutstanding = MaxOutstanding,
            MaxPendingEvents = MaxPendingEvents,
            MaxFrame = MaxFrame,
            ReadConsistency = ReadConsistency,
            Credentials = [.. Credentials.Select(ClientCredentials.Parse)],
            RenewSession = true,
        };
        options.Validate();
        return options;
    }
}
