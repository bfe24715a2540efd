using GrainKeeper.Core;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Grains.Pumping;
using Microsoft.Extensions.Logging;

namespace GrainKeeper.Grains.Transactions;

/// <summary>
/// Hosts parties of transactions over one log, for as long as that log is this server's: coordinators and participants of a tree that it leads, or its acceptor and the leaders beside it. It makes
/// machines from their records, carries out their effects in their order, wakes them, and ends them all without a word when the log becomes another server's, whose host goes on from the records.
/// </summary>
/// <remarks>
/// A machine without records speaks from its lack of memory. That is true only if nobody else has written records meanwhile, so a message from which such a machine would conclude something makes one only
/// behind a barrier of the log (<see cref="ICommitLog.ReadAsync"/>); an id of a later life than this one's is none of its business.
/// </remarks>
internal sealed partial class CommitHost : CorePump<CommitNews>
{
    private const int MaxAllotted = 100_000;
    private const int MaxWaiting = 64;
    private readonly CommitHostContext _context;
    private readonly InputBudget _budget;
    private readonly Timelines _timelines;
    private readonly Dictionary<PartyKey, HostedParty> _parties = [];
    private readonly PriorityQueue<HostedParty, long> _due = new();
    private readonly List<Effect> _effects = [];
    private readonly Queue<TransactionId> _allotted = new();
    private readonly HashSet<TransactionId> _notBegun = [];
    private ICommitLog? _log;
    private long _incarnation;
    private long _leaders;
    private TransactionIdSequence? _ids;
    private bool _dead;

    public CommitHost(CommitHostContext context)
    {
        _context = context;
        _budget = new InputBudget(context.Options.MaxQueuedBytes);
        _timelines = new Timelines(context.Server, context.Home ?? string.Empty, context.Options.MaxTimelineLines);
    }

    protected override long? NextDeadline
    {
        get
        {
            while (_due.TryPeek(out var party, out var due))
            {
                if (!party.Gone && party.Scheduled == due)
                {
                    return due;
                }

                _due.Dequeue();
            }

            return null;
        }
    }

    private ILogger Logger => _context.Logger;

    private TransactionOptions Options => _context.Options;

    /// <summary>The log is this server's from now on. From any thread.</summary>
    /// <param name="log">The log.</param>
    /// <param name="incarnation">The number of this life: greater than that of every earlier one, on whichever server.</param>
    /// <param name="stored">What the log holds; nothing written before can turn up later.</param>
    /// <param name="first">Where the numbers of ids begin, see <see cref="TransactionIdSequence"/>.</param>
    public void Lead(ICommitLog log, long incarnation, IReadOnlyList<StoredParty> stored, long first = 0) => Queue.Add(new CommitNews.Leads(log, incarnation, stored, first));

    /// <summary>The log is this server's no more. From any thread.</summary>
    /// <param name="incarnation">The life that ends; a later one goes on.</param>
    /// <param name="reason">For the log.</param>
    public void Resign(long incarnation, string reason) => Queue.Add(new CommitNews.Resigns(incarnation, reason));

    /// <summary>Takes messages of other parties. From any thread.</summary>
    /// <returns>False when too much waits: the messages are lost.</returns>
    public bool TryDeliver(IReadOnlyList<CommitDelivery> messages, int bytes) => Queue.TryAdd(new CommitNews.Arrived(messages, bytes), _budget, bytes);

    protected override ValueTask OpenAsync() => ValueTask.CompletedTask;

    protected override ValueTask EndRoundAsync() => ValueTask.CompletedTask;

    protected override ValueTask HandleAsync(CommitNews input)
    {
        if (input is CommitNews.Arrived { Bytes: var bytes })
        {
            _budget.Return(bytes);
        }

        if (!_dead)
        {
            Hear(input);
        }
        else if (input is CommitNews.Asked asked)
        {
            asked.Act();
        }

        return ValueTask.CompletedTask;
    }

    protected override ValueTask TickAsync()
    {
        var now = Clock.Monotonic;
        while (!_dead && _due.TryPeek(out var party, out var due) && due <= now)
        {
            _due.Dequeue();
            if (party.Gone || party.Scheduled != due)
            {
                continue;
            }

            party.Scheduled = long.MaxValue;
            if (party.Machine is null)
            {
                // Records that no message has asked for in all that time.
                Remove(party);
                _log?.Forget(party.Key);
            }
            else if (party.Machine.NextDeadline <= now)
            {
                Step(party, new CommitInput.Tick());
            }
            else
            {
                Schedule(party);
            }
        }

        return ValueTask.CompletedTask;
    }

    protected override void Abandon(CommitNews input)
    {
        if (input is CommitNews.Asked asked)
        {
            End("the server stops");
            asked.Act();
        }
    }

    protected override ValueTask CloseAsync()
    {
        End("the server stops");
        return ValueTask.CompletedTask;
    }

    protected override void Fail(Exception error) => _context.Fail($"transactions of {_context.Name}: {error.Message}", error);

    private void Hear(CommitNews news)
    {
        switch (news)
        {
            case CommitNews.Arrived arrived:
                foreach (var delivery in arrived.Messages)
                {
                    Receive(delivery);
                }

                break;
            case CommitNews.Leads leads:
                Begin(leads);
                break;
            case CommitNews.Resigns resigns:
                if (resigns.Incarnation == _incarnation)
                {
                    End(resigns.Reason);
                }

                break;
            case CommitNews.Written written when written.Machine == written.Party.Machine:
                Step(written.Party, written.Durable ? new CommitInput.Logged(written.Token) : new CommitInput.LogUnknown(written.Token));
                break;
            case CommitNews.Answered answered when answered.Machine == answered.Party.Machine:
                Step(answered.Party, answered is { Party.ClaimVoid: true, Input: CommitInput.ResourcePrepared { Vote.Kind: not VoteKind.No } }
                    ? No("another activation of the participant's grain has claimed its part meanwhile: try again")
                    : answered.Input);
                break;
            case CommitNews.Written or CommitNews.Answered:
                // For a machine that has started again since.
                break;
            case CommitNews.WasRead read:
                GoOn(read.Party, read.Records);
                break;
            case CommitNews.Asked asked:
                asked.Act();
                break;
            default:
                throw new InvariantViolationException($"unknown news {news.GetType().Name}");
        }
    }

    private void Begin(CommitNews.Leads leads)
    {
        End("a new leadership begins");
        (_log, _incarnation, _leaders) = (leads.Log, leads.Incarnation, 0);
        _ids = _context.Home is { } home ? new TransactionIdSequence(home, leads.Incarnation, leads.First) : null;
        _context.Led?.Invoke(this, leads.Incarnation);
        foreach (var stored in leads.Stored)
        {
            var party = Add(stored.Key, CommitMachines.ProtocolOf(stored.Key, stored.Records));
            party.Records = stored.Records;
            if (party.Protocol != 0)
            {
                Make(party, mayBegin: false);
            }
            else
            {
                // Nobody can say which machine it is before somebody asks for it; nobody will after that time.
                ScheduleAt(party, Clock.Monotonic + Options.Commit.Retention);
            }

            if (_dead || _log is null)
            {
                return;
            }
        }

        if (leads.Stored.Count > 0)
        {
            Logger.LogInformation("Transactions of {Name}: {Count} parties go on from the log, life {Incarnation}", _context.Name, leads.Stored.Count, leads.Incarnation);
        }
    }

    private void End(string reason)
    {
        if (_log is null)
        {
            return;
        }

        if (_parties.Count > 0)
        {
            Logger.LogInformation("Transactions of {Name}: {Count} parties end here, life {Incarnation}: {Reason}", _context.Name, _parties.Count, _incarnation, reason);
        }

        foreach (var party in _parties.Values)
        {
            party.Gone = true;
            Tell(party, null);
        }

        _parties.Clear();
        _due.Clear();
        _allotted.Clear();
        _notBegun.Clear();
        _claims.Clear();
        _log = null;
        _ids = null;
        _context.Resigned?.Invoke(_incarnation);
    }

    private void Receive(CommitDelivery delivery)
    {
        var (id, message) = (delivery.Envelope.Id, delivery.Envelope.Message);
        var key = new PartyKey(id, delivery.Envelope.To);
        if (_log is null || _dead)
        {
            return;
        }

        if (_parties.TryGetValue(key, out var party))
        {
            Deliver(party, delivery);
            return;
        }

        // A machine of a later life knows better, and one that has only been allotted an id has told nobody.
        var isCoordinator = key.Party.Kind == PartyKind.Coordinator;
        if (!_context.Owns(delivery, CommitMachines.TermsOf(message)) || (isCoordinator && (id.Incarnation > _incarnation || _notBegun.Contains(id))) || !MakesMachine(key.Party.Kind, message))
        {
            return;
        }

        var begins = message is CommitMessage.Prepare or CommitMessage.CanCommit or CommitMessage.Phase1A or CommitMessage.Phase2A;
        if (_parties.Count >= (begins ? Options.MaxParties : (long)Options.MaxParties * 2))
        {
            return;
        }

        party = Add(key, delivery.Protocol);
        if (key.Party.Kind is PartyKind.Participant or PartyKind.Coordinator && !begins)
        {
            // It would acknowledge a commit, or answer for an abort, from its lack of memory.
            party.Waiting.Add(delivery);
            Read(party);
            return;
        }

        Make(party, mayBegin: false);
        Deliver(party, delivery);
    }

    private static bool MakesMachine(PartyKind kind, CommitMessage message) => kind switch
    {
        PartyKind.Coordinator => message is not CommitMessage.Ack,
        PartyKind.Participant => true,
        PartyKind.Acceptor => message is CommitMessage.Phase1A or CommitMessage.Phase2A or CommitMessage.Done,
        PartyKind.Leader => message is CommitMessage.Inquiry or CommitMessage.Done,
        _ => false,
    };

    private void Deliver(HostedParty party, CommitDelivery delivery)
    {
        if (party.Protocol == 0)
        {
            party.Protocol = delivery.Protocol;
            Make(party, mayBegin: false);
        }

        if (party.Protocol != delivery.Protocol)
        {
            Logger.LogDebug("Message of {Protocol} for {Party}, which takes part in {Own}: ignored", delivery.Protocol, party.Key, party.Protocol);
        }
        else if (party.Machine is not null)
        {
            Step(party, new CommitInput.MessageReceived(delivery.Envelope.From, delivery.Envelope.Message));
        }
        else if (party.Waiting.Count < MaxWaiting)
        {
            party.Waiting.Add(delivery);
        }
    }

    private HostedParty Add(PartyKey key, CommitProtocol protocol) =>
        _parties[key] = new HostedParty { Key = key, Life = _incarnation, Protocol = protocol, Since = Clock.Wall };

    private void Remove(HostedParty party)
    {
        party.Gone = true;
        _parties.Remove(party.Key);
        Tell(party, null);
    }

    private void Make(HostedParty party, bool mayBegin)
    {
        party.Machine = CommitMachines.Make(party.Key, party.Protocol, Options.Commit, party.Records, mayBegin, () => NumberOfLeader(++_leaders), MarkOf(party.Key));
        party.Blank = party.Records.Count == 0;
        party.Records = [];
        Step(party, new CommitInput.Start());
    }

    private ReadOnlyMemory<byte> MarkOf(PartyKey key) =>
        key.Party.Kind == PartyKind.Participant && _context.Resources.Find(key.Party.Participant) is ILastingResource lasting ? lasting.Mark(key.Id, _incarnation) : default;

    // A life of a tree's leader is its epoch, one of an acceptor the milliseconds at which it started: both leave room for what one life makes.
    private long NumberOfLeader(long machine) => _context.Home is null ? (_incarnation << 20) + machine : (_incarnation << 32) + machine;

    private void Step(HostedParty party, CommitInput input)
    {
        if (party.Gone || _dead || party.Machine is not { } machine)
        {
            return;
        }

        machine.Step(input, Clock, _effects);
        foreach (var effect in _effects)
        {
            if (_context.DiesBefore is { } dies && effect is not CommitEffect.Trace && dies(machine, (CommitEffect)effect))
            {
                _dead = true;
                End("it died for a test");
                break;
            }

            if (_context.FallsSilentBefore is { } falls && effect is not CommitEffect.Trace && falls(machine, (CommitEffect)effect))
            {
                party.Gone = true;
                break;
            }

            Carry(party, machine, (CommitEffect)effect);
        }

        _effects.Clear();
        if (!party.Gone && party.Machine is not null)
        {
            Schedule(party);
        }
    }

    private void Schedule(HostedParty party)
    {
        if (party.Machine?.NextDeadline is { } deadline && deadline != party.Scheduled)
        {
            ScheduleAt(party, deadline);
        }
    }

    private void ScheduleAt(HostedParty party, long deadline)
    {
        party.Scheduled = deadline;
        _due.Enqueue(party, deadline);
    }
}
