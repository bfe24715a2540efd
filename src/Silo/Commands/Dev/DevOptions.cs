using System.Globalization;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Silo.Commands.Dev;

/// <summary>What a development ensemble looks like.</summary>
/// <param name="Servers">How many servers, 1 to <see cref="MaxServers"/>.</param>
/// <param name="Directory">Where all its data is kept, as a full path.</param>
/// <param name="BasePort">Server N uses the ports from this number + 10 × (N − 1) on.</param>
/// <param name="LogLevel">The least level that the servers log.</param>
/// <param name="Settings">Further settings for every server, each <c>key=value</c>.</param>
internal sealed record DevOptions(int Servers, string Directory, int BasePort, LogLevel LogLevel, IReadOnlyList<string> Settings)
{
    public const int MaxServers = 9;

    public const int DefaultBasePort = 21800;

    public const int PortsPerServer = 10;

    public IEnumerable<ServerEntry> Entries => Enumerable.Range(1, Servers).Select(n =>
    {
        var first = BasePort + (PortsPerServer * (n - 1));
        return new ServerEntry(new ServerId(n), "127.0.0.1", first, first + 1, ClientAddress: "127.0.0.1", ClientPort: first + 2);
    });

    /// <summary>How native clients reach the ensemble.</summary>
    public string Endpoints => string.Join(',', Entries.Select(e => string.Create(CultureInfo.InvariantCulture, $"{e.Host}:{e.GatewayPort}")));
}
