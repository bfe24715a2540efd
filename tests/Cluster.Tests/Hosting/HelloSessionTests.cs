using System.IO.Pipelines;
using System.Net;
using GrainKeeper.Core;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Grains.Ensembles;
using GrainKeeper.Grains.Peers;
using GrainKeeper.Silo.Membership;
using GrainKeeper.Silo.Transport;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Runtime;

namespace GrainKeeper.Cluster.Tests.Hosting;

/// <summary>Why a peer is said to be down, by how its last connection ended.</summary>
public sealed class HelloSessionTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // The error of a connection that this side aborts is one of cancellation, and can come before the tokens linked to the connection's are cancelled.
    [Theory]
    [InlineData(null, "it has closed the connection")]
    [InlineData(typeof(ConnectionAbortedException), "the connection broke")]
    [InlineData(typeof(ConnectionResetException), "the connection broke")]
    [InlineData(typeof(IOException), "the connection broke")]
    public async Task The_end_of_a_connection_is_not_told_as_silence(Type? error, string reason)
    {
        await using var peers = new EnsemblePeers(new ServerId(1), Alone(), new NoTable(), NullLogger<EnsemblePeers>.Instance);
        var up = new TaskCompletionSource<PeerChange>();
        var down = new TaskCompletionSource<PeerChange>();
        peers.PeerUp += up.SetResult;
        peers.PeerDown += down.SetResult;
        peers.BecomeActive();

        var (here, there) = (new Pipe(), new Pipe());
        var context = new DefaultConnectionContext("hello") { Transport = new DuplexPipe(here.Reader, there.Writer) };
        var silo = SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 11_111), 7);
        var identity = new HelloIdentity("members", new ServerId(2), new ServerId(1), silo, ListDigest: 0, new byte[HelloProtocol.NonceBytes]);
        var session = HelloSession.RunAsync(context, new HelloPipe(context.Transport), identity, dialled: true, peers);
        await new HelloPipe(new DuplexPipe(there.Reader, here.Writer)).WriteAsync(HelloFrameType.Active, default, CancellationToken.None);
        Assert.Equal(7, (await up.Task.WaitAsync(Patience)).Generation);

        await here.Writer.CompleteAsync(error is null ? null : (Exception)Activator.CreateInstance(error, "it ends")!);
        Assert.Equal(reason, (await down.Task.WaitAsync(Patience)).Reason);
        var ended = await Record.ExceptionAsync(() => session.WaitAsync(Patience));
        Assert.Equal(typeof(IOException).IsAssignableFrom(error) ? error : null, ended?.GetType());
    }

    private static EnsembleDirectory Alone() =>
        new([], new QuorumConfiguration(Zxid.Zero, [new Member(new ServerId(1), MemberRole.Participant, 1, null), new Member(new ServerId(2), MemberRole.Participant, 1, null)]), directory: null);

    private sealed class NoTable : IPeerTable
    {
        public void Seen(ServerId server, SiloAddress silo)
        {
        }

        public Task WaitUntilRoutedAsync(ServerId server, SiloAddress silo, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
