using System.Buffers;
using System.Text;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Core.Tests.Zab;

/// <summary>A state machine whose state is the list of what was applied, with a copy that is fuzzy as the real one is.</summary>
internal sealed class FakeApplication : IZabApplication
{
    public List<Txn> Applied { get; private set; } = [];

    public Zxid LastApplied { get; private set; }

    public QuorumConfiguration? Configuration { get; private set; }

    /// <summary>What was delivered, in order, since the start.</summary>
    public List<Txn> Delivered { get; } = [];

    public List<string> Events { get; } = [];

    public Action<Zxid, Txn>? OnDeliver { get; set; }

    public Action<ZabRole, ZabPhase>? OnRole { get; set; }

    public Action<ServerId, string, List<Effect>>? OnMessage { get; set; }

    public int Restores { get; private set; }

    public void Load(FakeDisk disk)
    {
        Applied = [.. disk.BaseState];
        LastApplied = disk.Base;
        Configuration = ConfigurationOf(Applied);
        foreach (var txn in disk.Log)
        {
            Apply(txn);
        }
    }

    public void Deliver(Txn txn, Now now, List<Effect> effects)
    {
        var before = LastApplied;
        Assert.True(before.IsDirectlyBefore(txn.Zxid), $"{txn.Zxid} delivered after {before}");
        Apply(txn);
        Delivered.Add(txn);
        OnDeliver?.Invoke(before, txn);
    }

    public void RoleChanged(ZabRole role, ZabPhase phase, ServerId? leader, Now now, List<Effect> effects)
    {
        Events.Add($"{role}/{phase}");
        OnRole?.Invoke(role, phase);
    }

    public void MessageReceived(ServerId from, ReadOnlyMemory<byte> payload, Now now, List<Effect> effects)
    {
        var text = Encoding.UTF8.GetString(payload.Span);
        Events.Add($"message of {from}: {text}");
        OnMessage?.Invoke(from, text, effects);
    }

    public void LearnerJoined(ServerId learner, Now now, List<Effect> effects) => Events.Add($"joined {learner}");

    public void LearnerLost(ServerId learner, Now now, List<Effect> effects) => Events.Add($"lost {learner}");

    public IStateReader OpenState() => new Reader(this);

    public IStateWriter BeginRestore() => new Writer(this);

    private static QuorumConfiguration? ConfigurationOf(List<Txn> txns) =>
        txns.FindLast(t => t.Kind == TxnKind.Reconfiguration) is { } txn ? Read(txn) : null;

    private static QuorumConfiguration Read(Txn txn) =>
        new(txn.Zxid, QuorumConfigurationCodec.Decode(txn.Payload.Span, out _).Members);

    private void Apply(Txn txn)
    {
        // After a fuzzy copy it may be in the state already.
        var known = Applied.FindIndex(t => t.Zxid == txn.Zxid);
        if (known >= 0)
        {
            Assert.True(FakeDisk.Same(Applied[known], txn), $"{txn.Zxid} was applied with other bytes");
        }
        else
        {
            Applied.Add(txn);
        }

        LastApplied = txn.Zxid;
        Configuration = txn.Kind == TxnKind.Reconfiguration ? Read(txn) : Configuration;
    }

    /// <summary>Reads along the live list, so that what is applied meanwhile comes too.</summary>
    private sealed class Reader(FakeApplication application) : IStateReader
    {
        private readonly List<Txn> _source = application.Applied;
        private int _next;

        public Zxid Zxid { get; } = application.LastApplied;

        public bool ReadNext(IBufferWriter<byte> output, int targetBytes)
        {
            for (var written = 0; _next < _source.Count && written < targetBytes; _next++)
            {
                TxnText.Write(output, _source[_next]);
                written += 13 + _source[_next].Payload.Length;
            }

            return _next < _source.Count;
        }
    }

    private sealed class Writer(FakeApplication application) : IStateWriter
    {
        private readonly List<byte> _bytes = [];

        public void Write(ReadOnlySpan<byte> slice) => _bytes.AddRange(slice);

        public void Complete(Zxid zxid)
        {
            var txns = TxnText.ReadAll([.. _bytes]);
            application.Applied = txns;
            application.LastApplied = zxid;
            application.Configuration = ConfigurationOf(txns);
            application.Restores++;
        }
    }
}
