using GrainKeeper.Core.Requests;

namespace GrainKeeper.Core.Replica.Results;

/// <summary>
/// The answers to the last writes of one session, by their numbers: bounded in number and bytes, and of those under way at the client, which keeps to the same bounds, always all.
/// </summary>
/// <param name="most">How many answers at most.</param>
internal sealed class SessionResults(int most)
{
    private readonly Ring<KeptResult> _results = new();
    private int _bytes;

    /// <summary>How many answers at most.</summary>
    public int Most => most;

    /// <summary>The number of the last write; 0 before the first.</summary>
    public int Last { get; private set; }

    /// <summary>Answers kept.</summary>
    public int Count => _results.Count;

    /// <summary>The answers, the newest last.</summary>
    public KeptResult this[int index] => _results[index];

    /// <summary>Adds the answer of the next write. One up to the last is known already: the log is replayed over a copy that was taken later.</summary>
    /// <param name="number">The write's number.</param>
    /// <param name="result">Its answer.</param>
    public void Add(int number, in KeptResult result)
    {
        if (RequestNumber.IsUpTo(number, Last))
        {
            return;
        }

        Invariant.That(number == RequestNumber.Next(Last), $"write {number} of a session was carried out after write {Last}");
        Append(number, result);
    }

    /// <summary>The answer of a write; null when it is not kept (any more).</summary>
    /// <param name="number">The write's number.</param>
    public KeptResult? Find(int number)
    {
        for (int i = _results.Count - 1, at = Last; i >= 0; i--, at = at == 1 ? int.MaxValue : at - 1)
        {
            if (at == number)
            {
                return _results[i];
            }
        }

        return null;
    }

    /// <summary>Takes an answer of a copy, in order.</summary>
    internal void Append(int number, in KeptResult result)
    {
        Last = number;
        _results.Add(result);
        _bytes += result.Body.Length;
        while (_results.Count > most || (_bytes > ResultTable.MostBytesOfSession && _results.Count > 1))
        {
            _bytes -= _results.RemoveFirst().Body.Length;
        }
    }
}
