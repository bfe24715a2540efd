using System.Globalization;
using System.Text;
using GrainKeeper.Client;
using GrainKeeper.Client.Errors;
using GrainKeeper.Client.Recipes;

namespace GrainKeeper.Process.Tests.Jepsen;

/// <summary>A client that takes a lock again and again, and uses the resource while it believes to hold it. Sometimes a use is late, as a slow network makes it.</summary>
internal sealed class LockClient(GrainKeeperClient client, int number, Random random, string path, LockBook book) : IAsyncDisposable
{
    private readonly DistributedLock _lock = new(client, path);
    private Holding? _late;

    /// <summary>What it is doing, to explain a failure.</summary>
    public string Doing { get; private set; } = "nothing yet";

    public override string ToString() => $"client {number} on {path}, session 0x{client.SessionId:x} {client.State} at server {client.Server}: {Doing}";

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                Doing = "acquires";
                await using var held = await _lock.AcquireAsync(Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture)), stop);
                Doing = $"holds {held.Path}";
                await HoldAsync(held);
                Doing = $"gives {held.Path} back";
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is GrainKeeperException or LockLostException)
            {
                Doing = e.Message;

                // Without a server, or the place in the queue went with the session: it stands again.
                await Task.Delay(50, CancellationToken.None);
            }
        }
    }

    public ValueTask DisposeAsync() => client.DisposeAsync();

    private async Task HoldAsync(Holding held)
    {
        book.Begin(number, held);
        if (_late is { } late)
        {
            book.Use(number, late);
            _late = null;
        }

        // Sometimes for so long that a server that falls silent meanwhile costs it the lock.
        for (var uses = random.Next(8) == 0 ? random.Next(100, 250) : random.Next(1, 6); uses > 0 && !held.Lost.IsCancellationRequested; uses--)
        {
            book.Use(number, held);
            await Task.Delay(random.Next(5, 40), CancellationToken.None);
        }

        // One more under this token, when the next holder has long been there.
        _late = random.Next(4) == 0 ? held : null;
        book.End(number, held);
    }
}
