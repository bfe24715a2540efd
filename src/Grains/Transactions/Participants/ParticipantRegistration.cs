using GrainKeeper.Contracts;
using GrainKeeper.Contracts.Transactions;
using GrainKeeper.Grains.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace GrainKeeper.Grains.Transactions.Participants;

/// <summary>Registers users' grains as participants of transactions.</summary>
public static class ParticipantRegistration
{
    /// <summary>Makes grains of an interface participants under the names <c>kind.key</c>. Do the same on all servers.</summary>
    /// <typeparam name="TGrain">The grains' interface.</typeparam>
    /// <param name="silo">The silo.</param>
    /// <param name="kind">The kind: 1 to 30 letters, digits and <c>-</c>; not <c>tree</c>.</param>
    /// <param name="logTree">The tree whose log keeps their votes and decisions. It must exist.</param>
    /// <param name="allow">Which clients may name such grains in transactions, besides the administrator: <c>digest:user:hash</c> as in ACLs, or <c>world:anyone</c>. Nobody, unless given.</param>
    /// <exception cref="ArgumentException">A name or an identity is not allowed.</exception>
    public static ISiloBuilder AddTransactionParticipant<TGrain>(this ISiloBuilder silo, string kind, string logTree = TreeName.Root, params string[] allow)
        where TGrain : ITransactionParticipant
    {
        var allowed = ParticipantAccess.Parse(kind, allow);
        silo.Services.AddSingleton(new ParticipantKind(kind, logTree, (services, participant) => new GrainResource(
            participant,
            services.GetRequiredService<IGrainFactory>().GetGrain<TGrain>(participant.Name[(kind.Length + 1)..]),
            services.GetRequiredService<ParticipantSigner>(),
            () => services.GetRequiredService<TransactionServers>().HostOf(logTree)?.ClaimOfAsync(participant) ?? Task.FromResult(Guid.Empty),
            TimeSpan.FromMilliseconds(services.GetRequiredService<GrainKeeperServerOptions>().Transactions.CallTimeout))) { Allows = allowed.Contains }.Demand());
        return silo;
    }
}
