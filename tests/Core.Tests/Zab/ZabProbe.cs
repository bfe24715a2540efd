using System.Text;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Core.Tests.Zab;

/// <summary>One peer with its disk and application, to which a test plays all the others. What the peer says and writes is given as text.</summary>
internal sealed class ZabProbe
{
    private readonly Dictionary<int, (long Channel, long Sequence)> _channels = [];
    private readonly List<string> _said = [];
    private readonly QuorumConfiguration _configuration;
    private readonly ZabOptions _options;
    private long _opened;
    private long _starts;

    public ZabProbe(int self, QuorumConfiguration configuration, ZabOptions? options = null)
    {
        Self = new ServerId(self);
        _configuration = configuration;
        _options = options ?? new ZabOptions();
    }

    public ZabProbe(int self, int servers, ZabOptions? options = null)
        : this(self, ZabNetwork.Majority(servers), options)
    {
    }

    public ServerId Self { get; }

    public FakeDisk Disk { get; } = new();

    public FakeApplication Application { get; private set; } = new();

    public ZabPeer Peer { get; private set; } = null!;

    public long Time { get; private set; } = 1_000;

    /// <summary>The disk effects of the last input, in order.</summary>
    public List<string> Writes { get; } = [];

    public List<string> Faults { get; } = [];

    public List<ZabEffect.ReadLog> Reads { get; } = [];

    public string LastReason { get; private set; } = "";

    public int Restarts { get; private set; }

    public string State => $"{Peer.Role}/{Peer.Phase}";

    /// <summary>What was said since the last call, as "to: message".</summary>
    public string[] Said()
    {
        string[] said = [.. _said];
        _said.Clear();
        return said;
    }

    public ZabProbe Start(int recent = int.MaxValue)
    {
        Application = new FakeApplication();
        Application.Load(Disk);
        Peer = new ZabPeer(Self, _configuration, _options, Disk.Recover(recent), Application, ++_starts << 20);
        return this;
    }

    public ZabProbe Seed(int epoch, params Txn[] log)
    {
        Disk.Seed(new Epoch(epoch), log);
        return this;
    }

    public ZabProbe Give(ZabInput input)
    {
        Writes.Clear();
        var effects = new List<Effect>();
        Peer.Step(input, new Now(Time, Time), effects);
        CarryOut(effects);
        return this;
    }

    public ZabProbe Elect(int leader) => Give(new ZabInput.Elected(new ServerId(leader)));

    /// <summary>Has this server elected, and empty learners synchronized with it, until it broadcasts. What it said is forgotten.</summary>
    public ZabProbe Lead(params int[] with)
    {
        Start().Elect(Peer.Self.Value);
        foreach (var learner in with)
        {
            Join(learner, accepted: 0);
        }

        FlushAll();
        foreach (var learner in with)
        {
            Hear(learner, new ZabMessage.AckEpoch(Epoch.None, Zxid.Zero, Zxid.Zero, true)).FlushAll();
        }

        foreach (var learner in with)
        {
            Hear(learner, new ZabMessage.AckNewLeader(Zxid.Zero));
        }

        Assert.Equal("Leading/Broadcast", State);
        Said();
        return this;
    }

    /// <summary>The test's server, a learner, opens a channel.</summary>
    public ZabProbe Join(int learner, int accepted, bool observer = false)
    {
        _channels[learner] = (ZabChannel.NumberOf(new ServerId(learner), ++_opened), 0);
        return Hear(learner, new ZabMessage.FollowerInfo(new Epoch(accepted), observer, Zxid.Zero));
    }

    /// <summary>Gives a peer's message. An AckEpoch that names no epoch promises the one that this leader has chosen.</summary>
    public ZabProbe Hear(int from, ZabMessage message)
    {
        if (message is ZabMessage.AckEpoch { Promised.Value: 0 } promise)
        {
            message = promise with { Promised = Peer.AcceptedEpoch };
        }

        var (channel, sequence) = _channels[from];
        _channels[from] = (channel, sequence + 1);
        return Give(new ZabInput.MessageReceived(new ServerId(from), new ZabEnvelope(channel, sequence, message)));
    }

    public ZabProbe Hear(int from, params ZabMessage[] messages)
    {
        foreach (var message in messages)
        {
            Hear(from, message);
        }

        return this;
    }

    /// <summary>Makes the next disk effects durable and confirms them.</summary>
    public ZabProbe Flush(int effects = int.MaxValue) => Disk.Flush(effects) is { } token ? Give(new ZabInput.Persisted(token)) : this;

    /// <summary>Flushes until there is nothing more to write.</summary>
    public ZabProbe FlushAll()
    {
        while (Disk.Waiting > 0)
        {
            Flush();
        }

        return this;
    }

    public ZabProbe Lose(int peer) => Give(new ZabInput.PeerLost(new ServerId(peer)));

    /// <summary>Answers a read of the log.</summary>
    public ZabProbe Answer(IReadOnlyList<Txn>? txns)
    {
        var read = Reads[0];
        Reads.RemoveAt(0);
        return Give(new ZabInput.LogRead(read.RequestId, txns));
    }

    /// <summary>Answers reads from the disk until there are none.</summary>
    public ZabProbe AnswerAll()
    {
        while (Reads.Count > 0)
        {
            Answer(Disk.Read(Reads[0]));
        }

        return this;
    }

    /// <summary>Lets time pass with a tick at every deadline.</summary>
    public ZabProbe Wait(long ms)
    {
        for (var end = Time + ms; Time < end;)
        {
            Time = Math.Min(end, Math.Max(Time + 1, Peer.NextDeadline ?? end));
            Give(new ZabInput.Tick());
        }

        return this;
    }

    public ZabProbe BeginConfirmation()
    {
        var effects = new List<Effect>();
        Peer.BeginConfirmation(effects);
        CarryOut(effects);
        return this;
    }

    public ZabProbe Propose(params string[] texts)
    {
        foreach (var text in texts)
        {
            Peer.Propose(TxnKind.Application, Encoding.UTF8.GetBytes(text));
        }

        var effects = new List<Effect>();
        Peer.Flush(new Now(Time, Time), effects);
        CarryOut(effects);
        return this;
    }

    public static string Name(Zxid zxid) => $"{zxid.Epoch}.{zxid.Counter}";

    /// <summary>A message in the terms of the protocol.</summary>
    public static string Name(ZabMessage message) => message switch
    {
        ZabMessage.FollowerInfo m => $"{(m.Observer ? "OBSERVERINFO" : "FOLLOWERINFO")} {m.AcceptedEpoch}",
        ZabMessage.LeaderInfo m => $"LEADERINFO {m.NewEpoch}",
        ZabMessage.AckEpoch m => $"ACKEPOCH {m.CurrentEpoch} {Name(m.OldestZxid)}..{Name(m.LastZxid)}{(m.NewlyAccepted ? "" : " again")}",
        ZabMessage.SyncDiff m => $"DIFF to {Name(m.UpTo)}",
        ZabMessage.SyncTruncate m => $"TRUNC to {Name(m.KeepUpTo)}",
        ZabMessage.SyncSnapshot m => $"SNAP at {Name(m.Zxid)}",
        ZabMessage.SnapshotChunk m => $"CHUNK {m.Index}{(m.Last ? " last" : "")}",
        ZabMessage.SnapshotChunkReceived m => $"CHUNK RECEIVED {m.Index}",
        ZabMessage.NewLeader m => $"NEWLEADER {m.Epoch} at {Name(m.LastZxid)}",
        ZabMessage.AckNewLeader m => $"ACK NEWLEADER at {Name(m.LastZxid)}",
        ZabMessage.UpToDate m => $"UPTODATE at {Name(m.Committed)}",
        ZabMessage.Proposals m => $"PROPOSAL {Names(m.Txns)}",
        ZabMessage.Ack m => $"ACK {Name(m.UpTo)}",
        ZabMessage.Commit m => $"COMMIT {Name(m.UpTo)}",
        ZabMessage.Ping => "PING",
        ZabMessage.Pong => "PONG",
        ZabMessage.Confirm m => $"CONFIRM {m.Round}",
        ZabMessage.Confirmed m => $"CONFIRMED {m.Round}",
        ZabMessage.Application m => $"APPLICATION {Encoding.UTF8.GetString(m.Payload.Span)}",
        ZabMessage.Leaving => "LEAVING",
        _ => throw new InvalidOperationException($"{message}"),
    };

    private static string Names(IReadOnlyList<Txn> txns) =>
        txns.Count == 1 ? Name(txns[0].Zxid) : $"{Name(txns[0].Zxid)}..{Name(txns[^1].Zxid)}";

    private void CarryOut(List<Effect> effects)
    {
        foreach (var effect in effects)
        {
            switch ((ZabEffect)effect)
            {
                case ZabEffect.Send send:
                    _said.Add($"{send.To}: {Name(send.Envelope.Message)}");
                    if (send.Envelope is { Sequence: 0, Message: ZabMessage.FollowerInfo })
                    {
                        _channels[send.To.Value] = (send.Envelope.Channel, 0);
                    }

                    break;
                case ZabEffect.ReadLog read:
                    Reads.Add(read);
                    break;
                case ZabEffect.RoleChanged changed:
                    LastReason = changed.Reason;
                    break;
                case ZabEffect.PeerAtFault fault:
                    Faults.Add($"{fault.Peer}: {fault.Problem}");
                    break;
                case ZabEffect.Restart:
                    Restarts++;
                    Disk.Flush();
                    Disk.Crash(0);
                    Start();
                    return;
                default:
                    Writes.Add(Name((ZabEffect)effect));
                    Disk.Accept((ZabEffect)effect);
                    break;
            }
        }
    }

    private static string Name(ZabEffect effect) => effect switch
    {
        ZabEffect.Append e => $"append {Names(e.Txns)}",
        ZabEffect.TruncateLog e => $"cut after {Name(e.KeepUpTo)}",
        ZabEffect.WriteAcceptedEpoch e => $"accept {e.Epoch}",
        ZabEffect.WriteCurrentEpoch e => $"enter {e.Epoch}",
        ZabEffect.BeginSnapshotInstall e => $"begin state at {Name(e.Zxid)}",
        ZabEffect.SnapshotInstallChunk => "part of state",
        ZabEffect.CommitSnapshotInstall e => $"install state at {Name(e.Zxid)}",
        ZabEffect.AbandonSnapshotInstall => "abandon state",
        _ => throw new InvalidOperationException($"{effect}"),
    };
}
