using System.Diagnostics;
using System.Globalization;
using GrainKeeper.Client;
using GrainKeeper.Client.Transactions;

namespace GrainKeeper.Benchmarks.Transactions;

/// <summary>Runs one transaction after the other, each of which sets a node of this load's own in every tree: loads do not wait for each other's locks.</summary>
internal sealed class TxLoad(TransactionClient client, TransactionSettings settings, IReadOnlyList<string> trees, int slow, int number, byte[] value)
{
    private volatile bool _measuring;
    private volatile bool _over;

    /// <summary>Milliseconds of each commit that began and ended while it was measured.</summary>
    public List<double> Latencies { get; } = [];

    public int Aborted { get; private set; }

    public int InDoubt { get; private set; }

    /// <summary>Why one was not committed, last.</summary>
    public string Problem { get; private set; } = string.Empty;

    public void Measure() => _measuring = true;

    public void End()
    {
        _measuring = false;
        _over = true;
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!_over)
        {
            var measured = _measuring;
            var transaction = await client.BeginAsync(settings, cancellationToken);
            foreach (var tree in trees)
            {
                transaction.Tree(tree, new TreeOperation.SetData(TxBenchmark.PathOf(number), value));
            }

            if (slow > 0)
            {
                transaction.Grain(SlowGrain.Kind, string.Create(CultureInfo.InvariantCulture, $"{slow}-{number}"), default);
            }

            var began = Stopwatch.GetTimestamp();
            var outcome = await transaction.CommitAsync(cancellationToken);
            if (measured && _measuring)
            {
                Count(outcome, Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }
        }
    }

    private void Count(TransactionOutcome outcome, double milliseconds)
    {
        switch (outcome)
        {
            case TransactionOutcome.Committed:
                Latencies.Add(milliseconds);
                break;
            case TransactionOutcome.Aborted aborted:
                Aborted++;
                Problem = aborted.Reason;
                break;
            case TransactionOutcome.InDoubt doubt:
                InDoubt++;
                Problem = doubt.Reason;
                break;
            default:
                throw new InvalidOperationException($"unknown outcome {outcome}");
        }
    }
}
