using System.Net;
using System.Net.Sockets;
using GrainKeeper.Cluster.Tests.Ensembles;
using GrainKeeper.Silo.Configuration;

namespace GrainKeeper.Cluster.Tests.Hosting;

/// <summary>TLS on every connection between silos: hellos, and Orleans' own.</summary>
public sealed class PeerTlsTests
{
    [Fact]
    public async Task Servers_with_certificates_form_an_ensemble()
    {
        using var authority = new TestAuthority();
        await using var cluster = await Ensemble.StartAsync(3, c => c with { PeerTls = authority.For(c.Self.Value) });
        await cluster.LeaderAsync();
        await cluster.MeshAsync();
        await using var client = await cluster.ConnectAsync(cluster.Ids);
        await client.CreateAsync("/secret");
        await cluster.SettleAsync();
        Assert.Equal(3, (await cluster[1].Replica(3).GetStatus()).Server);

        // Whoever does not speak TLS gets no word from the silo port.
        using var plain = new TcpClient();
        await plain.ConnectAsync(IPAddress.Loopback, cluster[1].Configuration.SelfEntry.SiloPort);
        var stream = plain.GetStream();
        await stream.WriteAsync(new byte[64]);
        Assert.DoesNotContain("GrainKeeper", await ReadToEndAsync(stream), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(3, cluster.Running.Count);
    }

    [Theory]
    [InlineData("a certificate of another authority")]
    [InlineData("no TLS at all")]
    public async Task A_stranger_stays_outside_and_the_others_serve(string stranger)
    {
        using var authority = new TestAuthority();
        using var another = new TestAuthority();
        PeerTlsOptions? Choose(int id) => id != 3 ? authority.For(id) : stranger == "no TLS at all" ? null : another.For(id) with { TrustFile = authority.For(id).TrustFile };
        await using var cluster = await Ensemble.StartAsync(3, c => c with { PeerTls = Choose(c.Self.Value) });
        await cluster.LeaderAsync(among: [1, 2]);
        await using var client = await cluster.ConnectAsync([1, 2]);
        await client.CreateAsync("/without-the-stranger");
        await Eventually.Is(() => cluster[1].Log.Contains("Server 3 at 127.0.0.1") || cluster[3].Log.Contains("Server 1 at 127.0.0.1"), () => cluster[3].Log.ToString(), Ensemble.Patience);
        Assert.False(cluster[1].Sees(3) || cluster[2].Sees(3) || cluster[3].Sees(1) || cluster[3].Sees(2));
        Assert.Null((await cluster[3].StatusAsync()).Leader);
    }

    private static async Task<string> ReadToEndAsync(NetworkStream stream)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var reader = new StreamReader(stream);
        try
        {
            return await reader.ReadToEndAsync(patience.Token);
        }
        catch (IOException)
        {
            // Reset by the other side.
            return string.Empty;
        }
    }
}
