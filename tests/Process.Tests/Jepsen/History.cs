using System.Collections.Concurrent;
using System.Diagnostics;
using GrainKeeper.Client.Errors;
using GrainKeeper.Core.Jute;
using GrainKeeper.Simulation.Checking;

namespace GrainKeeper.Process.Tests.Jepsen;

/// <summary>What all clients have asked and were told, with the times of calls and answers.</summary>
internal sealed class History
{
    private readonly int[] _outcomes = new int[Enum.GetValues<Outcome>().Length];

    /// <summary>Operations on single nodes, by path.</summary>
    public ConcurrentDictionary<string, ConcurrentQueue<RegisterOperation>> Registers { get; } = new(StringComparer.Ordinal);

    /// <summary>Operations on the sequential nodes.</summary>
    public ConcurrentQueue<SequenceOperation> Sequence { get; } = new();

    /// <summary>The names of sequential nodes that somebody was told of.</summary>
    public ConcurrentQueue<string> Names { get; } = new();

    /// <summary>What reads have shown that only their session's order binds.</summary>
    public ConcurrentQueue<(string Path, long Value, long Returned)> SessionReads { get; } = new();

    /// <summary>Broken promises that were seen at once.</summary>
    public ConcurrentQueue<string> Violations { get; } = new();

    /// <summary>How many operations have ended so.</summary>
    public int Count(Outcome outcome) => Volatile.Read(ref _outcomes[(int)outcome]);

    /// <summary>Carries out an operation on one node, and notes it.</summary>
    /// <param name="path">The node.</param>
    /// <param name="step">What it does.</param>
    /// <param name="ask">Asks for it, and gives what was told; null when the answer must not be judged.</param>
    /// <returns>What was told, or with which code it was refused.</returns>
    public async Task<(RegisterStep? Told, ErrorCode? Error)> RegisterAsync(string path, RegisterStep step, Func<Task<RegisterStep?>> ask)
    {
        var invoked = Stopwatch.GetTimestamp();
        RegisterStep? told = null;
        var (outcome, error) = await AskAsync(async () => told = await ask());
        var operation = new RegisterOperation { Invoked = invoked, Returned = null, Steps = [told ?? step], FailedStep = -1 };
        switch (outcome)
        {
            case Outcome.Succeeded when told is not null:
                AddRegister(path, operation with { Returned = Stopwatch.GetTimestamp(), Error = ErrorCode.Ok });
                break;
            case Outcome.Refused:
                AddRegister(path, operation with { Returned = Stopwatch.GetTimestamp(), Error = error, FailedStep = 0 });
                break;
            case Outcome.Unknown when step.Type != OpCode.GetData:
                AddRegister(path, operation);
                break;
            default:
                break;
        }

        return (told, error);
    }

    /// <summary>Carries out an operation on the sequential nodes, and notes it.</summary>
    /// <param name="isCreate">Whether it creates one.</param>
    /// <param name="ask">Asks for it, and gives the number told; null when the answer must not be judged.</param>
    public async Task SequenceAsync(bool isCreate, Func<Task<long?>> ask)
    {
        var invoked = Stopwatch.GetTimestamp();
        long? told = null;
        var (outcome, error) = await AskAsync(async () => told = await ask());
        if (told is { } number)
        {
            Sequence.Enqueue(new SequenceOperation(invoked, Stopwatch.GetTimestamp(), isCreate, number));
        }
        else if (outcome == Outcome.Unknown && isCreate)
        {
            Sequence.Enqueue(new SequenceOperation(invoked, null, isCreate, 0));
        }
        else if (outcome == Outcome.Refused)
        {
            Violations.Enqueue($"an operation on sequential nodes was refused with {error}");
        }
    }

    /// <summary>Carries out a read that only its session's order binds.</summary>
    /// <param name="path">The node.</param>
    /// <param name="ask">Asks for it, and gives the value told; null when the answer must not be judged.</param>
    public async Task SessionReadAsync(string path, Func<Task<long?>> ask)
    {
        long? told = null;
        await AskAsync(async () => told = await ask());
        if (told is { } value)
        {
            SessionReads.Enqueue((path, value, Stopwatch.GetTimestamp()));
        }
    }

    /// <summary>Adds an operation.</summary>
    public void AddRegister(string path, RegisterOperation operation) => Registers.GetOrAdd(path, _ => new()).Enqueue(operation);

    private async Task<(Outcome Outcome, ErrorCode? Error)> AskAsync(Func<Task> ask)
    {
        var (outcome, error) = await OutcomeAsync(ask);
        Interlocked.Increment(ref _outcomes[(int)outcome]);
        return (outcome, error);
    }

    private static async Task<(Outcome Outcome, ErrorCode? Error)> OutcomeAsync(Func<Task> ask)
    {
        try
        {
            await ask();
            return (Outcome.Succeeded, null);
        }
        catch (GrainKeeperException e) when (e.Code is ErrorCode.NoNode or ErrorCode.NodeExists or ErrorCode.BadVersion)
        {
            return (Outcome.Refused, e.Code);
        }
        catch (GrainKeeperException e) when (e.IsOutcomeUnknown)
        {
            return (Outcome.Unknown, null);
        }
        catch (GrainKeeperException e) when (e.Code is ErrorCode.SessionExpired or ErrorCode.SessionMoved or ErrorCode.Throttled)
        {
            return (Outcome.NotDone, null);
        }
    }
}
