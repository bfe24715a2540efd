using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Silo.Configuration;

namespace GrainKeeper.Silo.Membership;

/// <summary>This server as it takes part in hellos, and what it demands of the other side.</summary>
/// <param name="configuration">The ensemble.</param>
/// <param name="silo">This server's silo.</param>
internal sealed class HelloParty(ServerConfiguration configuration, SiloAddress silo)
{
    private readonly Dictionary<ServerId, ServerEntry> _servers = configuration.Servers.ToDictionary(s => s.Id);

    public ServerId Self => configuration.Self;

    /// <summary>Equal on servers that run with the same list. The client ports and a wildcard host differ legitimately from server to server.</summary>
    public ulong ListDigest { get; } = Digest(configuration.Servers);

    public HelloIdentity IdentityFor(ServerId peer) =>
        new(configuration.ClusterId, configuration.Self, peer, silo, ListDigest, RandomNumberGenerator.GetBytes(HelloProtocol.NonceBytes));

    /// <summary>Refuses a side that cannot be the peer it should be.</summary>
    /// <param name="claimed">What it says.</param>
    /// <param name="expected">The server that was dialled, or null on the listening side.</param>
    /// <exception cref="HelloException">It is refused; the message says why.</exception>
    public void Check(HelloIdentity claimed, ServerId? expected)
    {
        var entry = _servers.GetValueOrDefault(claimed.From);
        var wrong = claimed switch
        {
            _ when claimed.ClusterId != configuration.ClusterId => "it belongs to another ensemble (clusterId differs)",
            _ when claimed.To != Self => $"it looks for server {claimed.To}, but this is server {Self}",
            _ when claimed.From == Self => $"it also calls itself server {Self}: two processes run with one id",
            _ when expected is { } id && claimed.From != id => $"it is server {claimed.From}, but was dialled as server {id}",
            _ when entry is null => $"server {claimed.From} is not in the server list here",
            { Silo.Endpoint: var endpoint } when endpoint.Port != entry.SiloPort => $"its silo port is {endpoint.Port}, but the server list here says {entry.SiloPort}",
            _ when claimed.Silo.Endpoint.Equals(silo.Endpoint) => $"it announces this server's own address {claimed.Silo.Endpoint}",
            _ => null,
        };
        if (wrong is not null)
        {
            throw new HelloException(wrong, refused: true);
        }
    }

    /// <summary>What proves that one side knows the secret, bound to everything both sides have said.</summary>
    public byte[] Proof(bool byDialer, byte[] dialer, byte[] listener)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, configuration.Secret.Span);
        hash.AppendData(byDialer ? "GrainKeeper hello 1 dialler"u8 : "GrainKeeper hello 1 listener"u8);
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, dialer.Length);
        hash.AppendData(length);
        hash.AppendData(dialer);
        hash.AppendData(listener);
        return hash.GetHashAndReset();
    }

    private static ulong Digest(IEnumerable<ServerEntry> servers)
    {
        var lines = servers.Select(s => string.Join('|', s.Id, s.SiloPort, s.GatewayPort, s.Role, s.Weight, s.Group));
        return BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', lines))));
    }
}
