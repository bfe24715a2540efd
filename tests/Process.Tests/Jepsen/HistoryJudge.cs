using System.Globalization;
using GrainKeeper.Core.Jute;
using GrainKeeper.Simulation.Checking;

namespace GrainKeeper.Process.Tests.Jepsen;

/// <summary>Judges what clients were told, once all is over.</summary>
internal sealed class HistoryJudge(History history)
{
    private const int OperationsShown = 25;

    /// <summary>What is wrong; empty when nothing is.</summary>
    public List<string> Judge()
    {
        var faults = new List<string>(history.Violations);
        foreach (var (path, operations) in history.Registers.OrderBy(r => r.Key, StringComparer.Ordinal))
        {
            RegisterOperation[] all = [.. operations];
            var verdict = LinearizabilityChecker.Check(all);
            if (verdict != LinearizabilityVerdict.Linearizable)
            {
                faults.Add($"the history of {path} is {verdict}{Environment.NewLine}{string.Join(Environment.NewLine, RegisterHistoryText.Format(Shortest(all)).TakeLast(OperationsShown))}");
            }
        }

        SequenceOperation[] sequence = [.. history.Sequence];
        if (LinearizabilityChecker.Check(sequence, 0L) is var numbers && numbers != LinearizabilityVerdict.Linearizable)
        {
            faults.Add($"the numbers of the sequential nodes are {numbers}: {string.Join("; ", sequence.OrderBy(o => o.Invoked).Take(200))}");
        }

        faults.AddRange(InventedValues());
        return faults;
    }

    /// <summary>The history up to the first answer that no order explains. All before that answer, including those that had none yet, have an order.</summary>
    public static RegisterOperation[] Shortest(RegisterOperation[] operations)
    {
        var answers = operations.Select(o => o.Returned).OfType<long>().Order().ToArray();
        var (explained, unexplained) = (-1, answers.Length - 1);
        while (unexplained - explained > 1)
        {
            var middle = (explained + unexplained) / 2;
            if (LinearizabilityChecker.Check(Until(operations, answers[middle])) == LinearizabilityVerdict.Linearizable)
            {
                explained = middle;
            }
            else
            {
                unexplained = middle;
            }
        }

        return answers.Length == 0 ? operations : Until(operations, answers[unexplained]);
    }

    private static RegisterOperation[] Until(RegisterOperation[] operations, long time) =>
    [
        .. operations.Where(o => o.Invoked <= time).Select(o => o.Returned > time ? o with { Returned = null, Error = null, FailedStep = -1, Steps = [o.Steps[0] with { ToldVersion = null, ToldValue = null }] } : o),
    ];

    /// <summary>What a read within a session's order shows was written, by an operation called before.</summary>
    private IEnumerable<string> InventedValues()
    {
        foreach (var reads in history.SessionReads.GroupBy(r => r.Path, StringComparer.Ordinal))
        {
            var written = history.Registers.TryGetValue(reads.Key, out var operations)
                ? operations.Where(o => o.Error is null or ErrorCode.Ok && o.Steps[0].Type is OpCode.Create or OpCode.SetData).ToLookup(o => o.Steps[0].Value, o => o.Invoked)
                : Array.Empty<RegisterOperation>().ToLookup(o => 0L, o => o.Invoked);
            foreach (var read in reads.Where(r => !written[r.Value].Any(invoked => invoked < r.Returned)))
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"{read.Path} was read as {read.Value}, which nobody had written");
            }
        }
    }
}
