using GrainKeeper.Core.Replica;

namespace GrainKeeper.Simulation.Clients;

/// <summary>A client's connection to one server: FIFO in both directions until one side closes it, the server dies or it goes silent.</summary>
public sealed class ClientConnection(ConnectionId id, SimClient client, IClientPort server, EventLoop loop, SimRandom random)
{
    private readonly int _incarnation = server.Incarnation;
    private long _toServer;
    private long _toClient;

    /// <summary>Its number.</summary>
    public ConnectionId Id { get; } = id;

    /// <summary>The server.</summary>
    public IClientPort Server { get; } = server;

    /// <summary>The client.</summary>
    public SimClient Client { get; } = client;

    /// <summary>Whether the client still uses it.</summary>
    public bool ClientOpen { get; private set; } = true;

    /// <summary>Whether the server still uses it.</summary>
    public bool ServerOpen { get; private set; } = true;

    /// <summary>Whether nothing gets through any more although nobody has closed it.</summary>
    public bool Silent { get; set; }

    private bool ServerListens => ServerOpen && Server.Running && Server.Incarnation == _incarnation;

    /// <summary>The client opens it.</summary>
    public void Open() => ToServer(() => Server.Opened(this), () => CloseByServer());

    /// <summary>The client sends frames.</summary>
    public void Send(IReadOnlyList<ReadOnlyMemory<byte>> frames)
    {
        if (!Silent && ClientOpen)
        {
            ToServer(() => Server.FramesArrived(this, frames), null);
        }
    }

    /// <summary>Whatever the client sends from now on arrives late.</summary>
    public void HoldBack(long time) => _toServer = Math.Max(_toServer, loop.Now + time);

    /// <summary>The client closes it, or its process ends.</summary>
    public void CloseByClient()
    {
        ClientOpen = false;
        if (Silent)
        {
            _toServer = Math.Max(_toServer, loop.Now + random.Between(0, 5 * EventLoop.Second));
        }

        ToServer(
            () =>
            {
                ServerOpen = false;
                Server.ClosedByClient(this);
            },
            null);
    }

    /// <summary>The server sends frames with their length prefixes.</summary>
    public void SendToClient(ReadOnlyMemory<byte> bytes)
    {
        if (!Silent && ServerOpen)
        {
            ToClient(() => Client.Receive(this, bytes));
        }
    }

    /// <summary>The server closes it, or its process ends.</summary>
    public void CloseByServer()
    {
        ServerOpen = false;
        if (!Silent)
        {
            ToClient(() =>
            {
                ClientOpen = false;
                Client.Disconnected(this);
            });
        }
    }

    /// <summary>The client noticed on its own that nothing comes any more.</summary>
    public void GiveUp() => CloseByClient();

    private void ToServer(Action arrive, Action? refused)
    {
        _toServer = Math.Max(_toServer, loop.Now + Delay());
        loop.At(_toServer, () =>
        {
            if (ServerListens)
            {
                Server.Deliver(() =>
                {
                    if (ServerListens)
                    {
                        arrive();
                    }
                });
            }
            else
            {
                refused?.Invoke();
            }
        });
    }

    private void ToClient(Action arrive)
    {
        _toClient = Math.Max(_toClient, loop.Now + Delay());
        loop.At(_toClient, () =>
        {
            if (ClientOpen)
            {
                arrive();
            }
        });
    }

    private long Delay() => random.Between(50, 1_000);
}
