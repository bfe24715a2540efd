using System.Globalization;
using System.Text;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Lab.Running;
using GrainKeeper.Lab.Stories;

namespace GrainKeeper.Lab.Commits;

/// <summary>The processes that take part in a scenario's transactions, and the transactions.</summary>
internal sealed class CommitCircle
{
    internal const string CoordinatorName = "coordinator";

    private readonly Dictionary<TransactionId, LabTransaction> _transactions = [];
    private readonly Dictionary<TransactionId, (Decision Decision, string By)> _decisions = [];
    private readonly Dictionary<CommitParty, CommitProcess> _places = [];
    private readonly LabWorld _world;
    private readonly int _acceptors;
    private readonly ParticipantId[] _participants;

    internal CommitCircle(LabWorld world, IReadOnlyList<string> participants, int acceptors)
    {
        _world = world;
        _acceptors = acceptors;
        _participants = [.. participants.Select(p => new ParticipantId(p))];
        var coordinator = Add(CoordinatorName, CommitParty.Coordinator);
        foreach (var participant in _participants)
        {
            Add(participant.Name, CommitParty.Of(participant));
        }

        for (var i = 1; i <= acceptors; i++)
        {
            // A leader for recovery lives beside each acceptor.
            _places[CommitParty.Leader(i)] = Add(AcceptorName(i), CommitParty.Acceptor(i));
        }

        Coordinator = coordinator;
    }

    /// <summary>Times short enough for a story, in the proportions of the product's defaults.</summary>
    internal static CommitOptions Options { get; } = new()
    {
        VoteTimeout = 2_000,
        LockWait = 1_000,
        ResourcePatience = 1_000,
        ResendInterval = 500,
        MaxResendInterval = 8_000,
        InquiryInterval = 1_000,
        RoundTrip = 250,
        BundleWait = 10,
        AcceptorPatience = 20_000,
    };

    internal CommitProcess Coordinator { get; }

    internal IReadOnlyList<CommitProcess> Processes => [.. _places.Values.Distinct()];

    internal IEnumerable<LabTransaction> Transactions => _transactions.Values;

    internal static string AcceptorName(int number) => string.Create(CultureInfo.InvariantCulture, $"acceptor{number}");

    internal LabTransaction this[TransactionId id] => _transactions[id];

    internal CommitProcess PlaceOf(CommitParty party) => _places[party];

    internal LabTransaction? Find(string name) => _transactions.Values.FirstOrDefault(t => t.Name == name);

    /// <summary>A caller submits a transaction; the coordinator runs.</summary>
    internal void Begin(string name, CommitProtocol protocol, IReadOnlyList<string> no)
    {
        var operations = _participants.ToDictionary(p => p, _ => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(name));
        var request = new TransactionRequest(protocol, operations, protocol == CommitProtocol.PaxosCommit ? _acceptors : 0);
        var transaction = new LabTransaction(name, Coordinator.Allot(), request, no);
        _transactions.Add(transaction.Id, transaction);
        Coordinator.Submit(transaction);
    }

    /// <summary>A label that names the transaction once there are several.</summary>
    internal string Label(LabTransaction transaction, string text) => _transactions.Count > 1 ? $"{transaction.Name}: {text}" : text;

    /// <summary>A participant has carried out a decision, or the caller has heard one: all must be the same.</summary>
    internal void Decided(LabTransaction transaction, Decision decision, string by)
    {
        if (_decisions.TryGetValue(transaction.Id, out var before) && before.Decision != decision)
        {
            _world.Story.Note(by, NoteKind.Alarm, $"SPLIT: {by} decides {decision}, {before.By} has decided {before.Decision}");
            IsSplit = true;
        }

        _decisions.TryAdd(transaction.Id, (decision, by));
    }

    /// <summary>Whether two parties have decided differently.</summary>
    internal bool IsSplit { get; private set; }

    private CommitProcess Add(string name, CommitParty party)
    {
        var process = new CommitProcess(_world, this, name);
        _places[party] = process;
        _world.Network.Attach(process);
        return process;
    }
}
