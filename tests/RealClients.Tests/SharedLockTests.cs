using GrainKeeper.Client;
using GrainKeeper.Client.Recipes;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.RealClients.Tests;

/// <summary>Locks that Curator's clients and ours take in turn, in one queue.</summary>
[Collection(EnsembleCollection.Name)]
public sealed class SharedLockTests(Ensemble ensemble)
{
    private const int Turns = 40;

    [Theory]
    [InlineData("mutex")]
    [InlineData("write")]
    public async Task Curators_lock_and_ours_exclude_each_other_and_take_turns(string kind)
    {
        var (path, inside, lastHolder) = ($"/shared-{kind}", $"/inside-{kind}", $"/last-{kind}");
        await using var client = await GrainKeeperClient.ConnectAsync(new GrainKeeperClientOptions { Servers = ConnectString.Parse(ensemble.Servers.Gateways) });
        await client.CreateAsync(lastHolder, "nobody"u8.ToArray());
        var curator = CuratorProgram.RunAsync("SharedLock", ensemble.Servers.Hosts, kind, path, inside, lastHolder, $"{Turns}");

        // Who has waited goes first: while both want the lock, they take turns.
        var (turns, afterCurator) = (0, 0);
        var last = 0L;
        while (!curator.IsCompleted)
        {
            await using var held = kind == "mutex" ? await new DistributedLock(client, path).AcquireAsync() : await new DistributedReadWriteLock(client, path).AcquireWriteAsync();

            // Fails with NodeExists when the other one is inside.
            await client.CreateAsync(inside, mode: CreateMode.Ephemeral);
            afterCurator += (await client.GetDataAsync(lastHolder)).Data.Span.SequenceEqual("curator"u8) ? 1 : 0;
            await client.SetDataAsync(lastHolder, "ours"u8.ToArray());
            await client.DeleteAsync(inside);
            Assert.True(held.FencingToken > last, $"token 0x{held.FencingToken:x} after 0x{last:x}");
            last = held.FencingToken;
            turns++;
        }

        Assert.Contains("ok", (await curator).Split('\n'));
        Assert.True(afterCurator >= Turns / 2, $"only {afterCurator} of {turns} turns came after one of Curator's {Turns}");
    }
}
