using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Grains.Ensembles;
using GrainKeeper.Silo.Configuration;

namespace GrainKeeper.Silo.Membership;

/// <summary>This server as it takes part in hellos, and what it demands of the other side.</summary>
/// <param name="configuration">This server.</param>
/// <param name="ensemble">The servers of the ensemble.</param>
/// <param name="silo">This server's silo.</param>
internal sealed class HelloParty(ServerConfiguration configuration, EnsembleDirectory ensemble, SiloAddress silo)
{
    public ServerId Self => configuration.Self;

    /// <summary>Equal on servers that run with the same list. The client ports and a wildcard host differ legitimately from server to server.</summary>
    public ulong ListDigest => Digest(ensemble.List.Servers);

    /// <summary>Whether lists must be equal: no reconfiguration has spread, nor may one come.</summary>
    public bool ListsAreStatic => ensemble.Text.IsEmpty && !configuration.Replica.Reconfiguration;

    public HelloIdentity IdentityFor(ServerId peer) =>
        new(configuration.ClusterId, configuration.Self, peer, silo, ListDigest, RandomNumberGenerator.GetBytes(HelloProtocol.NonceBytes));

    /// <summary>Refuses a side that cannot be the peer it should be.</summary>
    /// <param name="claimed">What it says.</param>
    /// <param name="expected">The server that was dialled, or null on the listening side.</param>
    /// <exception cref="HelloException">It is refused; the message says why.</exception>
    public void Check(HelloIdentity claimed, ServerId? expected)
    {
        // A server that is not in the list may follow as a learner where reconfigurations are allowed: it is about to be added, or was removed.
        var entry = ensemble.List.Find(claimed.From);
        var wrong = claimed switch
        {
            _ when claimed.ClusterId != configuration.ClusterId => "it belongs to another ensemble (clusterId differs)",
            _ when claimed.To != Self => $"it looks for server {claimed.To}, but this is server {Self}",
            _ when claimed.From == Self => $"it also calls itself server {Self}: two processes run with one id",
            _ when expected is { } id && claimed.From != id => $"it is server {claimed.From}, but was dialled as server {id}",
            _ when entry is null && !configuration.Replica.Reconfiguration => $"server {claimed.From} is not in the server list here",
            { Silo.Endpoint: var endpoint } when entry is not null && endpoint.Port != entry.SiloPort => $"its silo port is {endpoint.Port}, but the server list here says {entry.SiloPort}",
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
