using System.Globalization;
using GrainKeeper.Client.Recipes;

namespace GrainKeeper.Process.Tests.Jepsen;

/// <summary>
/// Who believes to hold the lock, and the resource that it guards, which refuses a smaller fencing token than it has seen. Two may never believe at the same time, tokens rise from holder to holder, and
/// nobody who believes is refused. All clients are in this process, which never stops, so <see cref="Holding.Lost"/> is there in time.
/// </summary>
internal sealed class LockBook(History history)
{
    private readonly Lock _lock = new();
    private readonly List<(int Client, Holding Holding)> _believers = [];
    private long _lastHolder;
    private long _highestSeen;

    /// <summary>How often the lock was taken.</summary>
    public int Acquired { get; private set; }

    /// <summary>How often a holder was told that it may have lost it.</summary>
    public int Lost { get; private set; }

    /// <summary>Uses of the resource.</summary>
    public int Used { get; private set; }

    /// <summary>Uses that came too late, and were refused.</summary>
    public int Refused { get; private set; }

    /// <summary>A client begins to believe that it holds the lock.</summary>
    public void Begin(int client, Holding holding)
    {
        lock (_lock)
        {
            if (holding.Lost.IsCancellationRequested)
            {
                return;
            }

            foreach (var other in _believers.Where(b => !b.Holding.Lost.IsCancellationRequested))
            {
                Violate($"client {client} holds the lock by token 0x{holding.FencingToken:x} while client {other.Client} holds it by 0x{other.Holding.FencingToken:x}");
            }

            if (holding.FencingToken <= _lastHolder)
            {
                Violate($"client {client} holds the lock by token 0x{holding.FencingToken:x} after 0x{_lastHolder:x}");
            }

            _lastHolder = Math.Max(_lastHolder, holding.FencingToken);
            _believers.Add((client, holding));
            Acquired++;
        }
    }

    /// <summary>A client believes no more, because it gives the lock back or has heard that it is lost.</summary>
    public void End(int client, Holding holding)
    {
        lock (_lock)
        {
            _believers.RemoveAll(b => b.Client == client);
            Lost += holding.Lost.IsCancellationRequested ? 1 : 0;
        }
    }

    /// <summary>Uses the resource under a token.</summary>
    /// <param name="client">Who does.</param>
    /// <param name="holding">The holding whose token it sends along.</param>
    public void Use(int client, Holding holding)
    {
        lock (_lock)
        {
            if (holding.FencingToken >= _highestSeen)
            {
                _highestSeen = holding.FencingToken;
                Used++;
                return;
            }

            Refused++;
            if (_believers.Exists(b => b.Holding == holding) && !holding.Lost.IsCancellationRequested)
            {
                Violate($"the resource refuses token 0x{holding.FencingToken:x} of client {client}, who holds the lock, after 0x{_highestSeen:x}");
            }
        }
    }

    private void Violate(FormattableString what) => history.Violations.Enqueue(what.ToString(CultureInfo.InvariantCulture));
}
