using System.Buffers;
using System.Text;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Core.Tests.Zab;

/// <summary>One server of a <see cref="ZabNetwork"/>: a peer between a fake disk and a fake application.</summary>
internal sealed class ZabNode
{
    private readonly ZabNetwork _network;
    private readonly QuorumConfiguration _initial;
    private readonly ZabOptions _options;
    private long _incarnation;

    public ZabNode(ZabNetwork network, ServerId id, QuorumConfiguration initial, ZabOptions options)
    {
        _network = network;
        Id = id;
        _initial = initial;
        _options = options;
    }

    public ServerId Id { get; }

    public FakeDisk Disk { get; } = new();

    public FakeApplication Application { get; private set; } = new();

    public ZabPeer Peer { get; private set; } = null!;

    public bool IsUp { get; private set; }

    public int RecentOnStart { get; set; } = int.MaxValue;

    /// <summary>Reads of the log wait here until the disk is flushed.</summary>
    public Queue<ZabEffect.ReadLog> Reads { get; } = new();

    public List<ZabEffect> Effects { get; } = [];

    public List<string> Reasons { get; } = [];

    /// <summary>Peers that this server calls faulty.</summary>
    public List<string> Faults { get; } = [];

    public int Restarts { get; private set; }

    public void Start()
    {
        Assert.False(IsUp);
        IsUp = true;
        Application = new FakeApplication();
        Application.Load(Disk);
        Application.OnDeliver = (before, txn) => _network.OnDelivered(this, before, txn);
        Application.OnRole = (role, phase) => _network.OnRole(this, role, phase);
        // What the newest configuration is as far as the log tells; the fake state does not tell which ones are committed.
        var configuration = Application.Configuration is { } last && last.Version <= Disk.Base ? last : _initial;
        Peer = new ZabPeer(Id, configuration, _options, Disk.Recover(RecentOnStart), Application, ++_incarnation << 20);
    }

    public void Crash(int survivingEffects)
    {
        Assert.True(IsUp);
        IsUp = false;
        Disk.Crash(survivingEffects);
        Reads.Clear();
    }

    public void Step(ZabInput input)
    {
        var effects = new List<Effect>();
        Peer.Step(input, _network.Now, effects);
        CarryOut(effects);
        _network.AfterStep(this);
    }

    public Zxid Propose(string text) => Propose(TxnKind.Application, Encoding.UTF8.GetBytes(text));

    public Zxid Propose(TxnKind kind, byte[] payload)
    {
        var zxid = Queue(kind, payload);
        Flush();
        return zxid;
    }

    public Zxid Queue(TxnKind kind, byte[] payload)
    {
        var expected = Peer.NextZxid;
        var zxid = Peer.Propose(kind, payload);
        Assert.Equal(expected, zxid);
        _network.OnProposed(this, new Txn(zxid, kind, payload));
        return zxid;
    }

    public void Flush()
    {
        var effects = new List<Effect>();
        Peer.Flush(_network.Now, effects);
        CarryOut(effects);
    }

    public void SendApplication(ServerId to, string text)
    {
        var effects = new List<Effect>();
        Peer.SendApplication(to, Encoding.UTF8.GetBytes(text), effects);
        CarryOut(effects);
    }

    public void FlushDisk(int effects = int.MaxValue)
    {
        if (Disk.Flush(effects) is { } token)
        {
            Step(new ZabInput.Persisted(token));
        }

        while (IsUp && Reads.TryDequeue(out var read))
        {
            Step(new ZabInput.LogRead(read.RequestId, Disk.Read(read)));
        }
    }

    /// <summary>Whether log or memory, durable or not, holds the transaction.</summary>
    public bool Holds(Txn txn) => Application.Applied.Exists(t => FakeDisk.Same(t, txn)) || InWindow(txn);

    private bool InWindow(Txn txn)
    {
        var window = Peer.History.Window;
        var index = window.IndexAfter(new Zxid(txn.Zxid.Value - 1));
        return txn.Zxid > window.Before && index < window.Count && FakeDisk.Same(window[index], txn);
    }

    private void CarryOut(List<Effect> effects)
    {
        foreach (var effect in effects)
        {
            Effects.Add((ZabEffect)effect);
            switch (effect)
            {
                case ZabEffect.Send send:
                    _network.Send(Id, send.To, Encode(send.Envelope));
                    break;
                case ZabEffect.ReadLog read:
                    Reads.Enqueue(read);
                    break;
                case ZabEffect.PeerAtFault fault:
                    Faults.Add($"{fault.Peer}: {fault.Problem}");
                    break;
                case ZabEffect.RoleChanged changed:
                    Reasons.Add(changed.Reason);
                    break;
                case ZabEffect.Restart:
                    Disk.Flush();
                    Restarts++;
                    IsUp = false;
                    Disk.Crash(0);
                    Reads.Clear();
                    Start();
                    return;
                default:
                    Disk.Accept((ZabEffect)effect);
                    break;
            }
        }
    }

    private static byte[] Encode(ZabEnvelope envelope)
    {
        var output = new ArrayBufferWriter<byte>();
        ZabEnvelopeCodec.Encode(output, envelope);
        return output.WrittenSpan.ToArray();
    }
}
