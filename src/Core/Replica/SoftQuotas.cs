using System.Text;

namespace GrainKeeper.Core.Replica;

/// <summary>Notices on the leader when a change leaves a subtree above a soft limit of its quota, and says so now and then.</summary>
/// <param name="state">The state with the change applied.</param>
internal sealed class SoftQuotas(ReplicaState state)
{
    /// <summary>Ms for which a limit that was told of is not told of again.</summary>
    internal const int Interval = 60_000;

    private const int MostRemembered = 10_000;
    private readonly Dictionary<(string Path, bool IsBytes), long> _told = [];
    private readonly List<(byte[] Path, bool Created)> _changed = [];
    private readonly List<Effect> _news = [];

    /// <summary>A node is created, or its data replaced, by the transaction under way.</summary>
    /// <param name="path">The node.</param>
    /// <param name="created">Whether it is new; else only the bytes have changed.</param>
    public void Changed(ReadOnlySpan<byte> path, bool created)
    {
        if (!state.Tree.Quotas.IsEmpty)
        {
            _changed.Add((path.ToArray(), created));
        }
    }

    /// <summary>The transaction is applied, and what subtrees hold is up to date.</summary>
    /// <param name="now">Monotonic ms.</param>
    public void Check(long now)
    {
        foreach (var (path, created) in _changed)
        {
            Check(path, created, now);
        }

        _changed.Clear();
    }

    /// <summary>Appends what was noticed in this step.</summary>
    public void Flush(List<Effect> effects)
    {
        effects.AddRange(_news);
        _news.Clear();
    }

    private void Check(ReadOnlySpan<byte> path, bool created, long now)
    {
        var book = state.Tree.Quotas;
        var length = path.Length;
        while (book.TryFind(path, ref length, out var usage))
        {
            var top = path[..length];
            var limits = book.LimitsOf(top);
            if (created && limits.Count > -1 && usage.Count > limits.Count)
            {
                Tell(top, isBytes: false, usage.Count, limits.Count, now);
            }

            if (limits.Bytes > -1 && usage.Bytes > limits.Bytes)
            {
                Tell(top, isBytes: true, usage.Bytes, limits.Bytes, now);
            }

            length = top.LastIndexOf((byte)'/');
        }
    }

    private void Tell(ReadOnlySpan<byte> top, bool isBytes, long used, long limit, long now)
    {
        var key = (Encoding.UTF8.GetString(top), isBytes);
        if (_told.TryGetValue(key, out var told) && now - told < Interval)
        {
            return;
        }

        if (_told.Count >= MostRemembered)
        {
            _told.Clear();
        }

        _told[key] = now;
        _news.Add(new ReplicaEffect.SoftQuotaExceeded(key.Item1, isBytes, used, limit));
    }
}
