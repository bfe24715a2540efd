using GrainKeeper.Client.Errors;
using GrainKeeper.Client.Sessions;
using GrainKeeper.Contracts;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.AtomicCommit.Sql;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.Client.Transactions;

/// <summary>A transaction that is being put together. Add its participants, then commit it. Not safe for use from several threads.</summary>
public sealed class TransactionBuilder
{
    // The servers add the identities.
    private const int MaxOperations = TransactionRequest.MaxPayload - (64 * 1024);

    private const string Databases = "postgres.";
    private readonly TransactionClient _client;
    private readonly TransactionSettings _settings;
    private readonly SortedDictionary<string, byte[]> _participants = new(StringComparer.Ordinal);
    private bool _submitted;

    internal TransactionBuilder(TransactionClient client, TransactionSettings settings, TransactionTicket ticket) => (_client, _settings, Ticket) = (client, settings, ticket);

    /// <summary>Its id.</summary>
    public string Id => Ticket.Id;

    /// <summary>With it the transaction can be committed again, also by another process, and runs once.</summary>
    public TransactionTicket Ticket { get; }

    /// <summary>Adds a tree.</summary>
    /// <param name="name">The tree.</param>
    /// <param name="operations">What to do there, in order, as in a multi; none for a tree that only shall be able to take part. No ephemeral nodes. In the client's own tree paths begin at its chroot, elsewhere at the root.</param>
    /// <exception cref="ArgumentException">A name, path or operation is not allowed, the tree is there already, or the operations are too large.</exception>
    /// <exception cref="InvalidOperationException">It has been submitted.</exception>
    public TransactionBuilder Tree(string name, params IEnumerable<TreeOperation> operations)
    {
        var list = operations.ToList();
        if (list.OfType<TreeOperation.Create>().FirstOrDefault(c => c.Mode is CreateMode.Ephemeral or CreateMode.EphemeralSequential) is { } ephemeral)
        {
            throw new ArgumentException($"{ephemeral.Path} is to be ephemeral, which a transaction cannot create: nobody's session would own it", nameof(operations));
        }

        return Add("tree." + TreeName.Require(name), RequestBodies.Multi(list, _client.ChrootOf(name)).ToArray());
    }

    /// <summary>Adds a user's grain.</summary>
    /// <param name="kind">The kind that its silos have registered.</param>
    /// <param name="key">Its key.</param>
    /// <param name="operations">What it shall do; the grain knows what the bytes mean.</param>
    /// <exception cref="ArgumentException">A name is not allowed, the grain is there already, or the operations are too large.</exception>
    /// <exception cref="InvalidOperationException">It has been submitted.</exception>
    public TransactionBuilder Grain(string kind, string key, ReadOnlyMemory<byte> operations) =>
        kind.Contains('.', StringComparison.Ordinal) || kind is "tree" or "postgres" or ""
            ? throw new ArgumentException($"'{kind}' cannot name a kind of grains in transactions: use the name that its silos have registered", nameof(kind))
            : Add($"{kind}.{key}", operations.ToArray());

    /// <summary>Adds a database.</summary>
    /// <param name="name">Its name in the servers' configuration: the participant is <c>postgres.NAME</c>.</param>
    /// <param name="statements">What it shall do, in order, in one transaction of its own.</param>
    /// <exception cref="ArgumentException">A name, statement or parameter is not allowed, the database is there already, or the statements are too large.</exception>
    /// <exception cref="InvalidOperationException">It has been submitted.</exception>
    public TransactionBuilder Database(string name, params IEnumerable<SqlStatement> statements) => Database(name, SqlIsolation.ReadCommitted, statements);

    /// <summary>Adds a database, with an isolation.</summary>
    /// <param name="name">Its name in the servers' configuration: the participant is <c>postgres.NAME</c>.</param>
    /// <param name="isolation">How it is kept apart from other transactions there.</param>
    /// <param name="statements">What it shall do, in order, in one transaction of its own.</param>
    /// <exception cref="ArgumentException">A name, statement or parameter is not allowed, the database is there already, or the statements are too large.</exception>
    /// <exception cref="InvalidOperationException">It has been submitted.</exception>
    public TransactionBuilder Database(string name, SqlIsolation isolation, params IEnumerable<SqlStatement> statements)
    {
        try
        {
            return Add(Databases + name, new SqlOperations([.. statements], isolation).Encode());
        }
        catch (FormatException e)
        {
            throw new ArgumentException($"{Databases}{name}: {e.Message}", nameof(statements), e);
        }
    }

    /// <summary>Submits it and waits for the outcome. May be called again, also after it has failed or was cancelled: under its id it runs once.</summary>
    /// <param name="cancellationToken">Ends the wait, not the transaction.</param>
    /// <returns>Committed, aborted or in doubt. Never an exception for not knowing.</returns>
    /// <exception cref="TransactionRefusedException">The servers do not accept it: something is not valid or not allowed. It has not begun.</exception>
    /// <exception cref="InvalidOperationException">It has no participants.</exception>
    public Task<TransactionOutcome> CommitAsync(CancellationToken cancellationToken = default)
    {
        if (_participants.Count == 0)
        {
            throw new InvalidOperationException("a transaction needs at least one participant: add a tree, a grain or a database");
        }

        _submitted = true;
        return _client.CommitAsync(Ticket, _settings, [.. _participants.Keys], [.. _participants.Values], cancellationToken);
    }

    private TransactionBuilder Add(string name, byte[] operations)
    {
        if (_submitted)
        {
            throw new InvalidOperationException($"transaction {Id} has been submitted: begin another one for other participants");
        }

        if (!new ParticipantId(name).IsValid)
        {
            throw new ArgumentException($"'{name}' cannot name a participant: use 1 to {ParticipantId.MaxLength} characters of a-z A-Z 0-9 . _ -");
        }

        if (_participants.Count == TransactionTerms.MaxParticipants)
        {
            throw new ArgumentException($"a transaction has at most {TransactionTerms.MaxParticipants} participants: split it");
        }

        if (operations.Length > MaxOperations)
        {
            throw new ArgumentException($"the operations for {name} take {operations.Length} bytes, at most {MaxOperations}: split the transaction");
        }

        return _participants.TryAdd(name, operations) ? this : throw new ArgumentException($"{name} takes part already: give all its operations at once");
    }
}
