using GrainKeeper.Core.Tree;

namespace GrainKeeper.Core.Tests.Tree;

/// <summary>Where nodes keep their data.</summary>
public sealed class ValueArenaTests
{
    [Theory]
    [InlineData(1, 40)]
    [InlineData(2, 300)]
    [InlineData(3, 1_100)]
    [InlineData(4, 5_000)]
    public void Whatever_comes_and_goes_every_node_finds_its_own_value(int seed, int longest)
    {
        var random = new Random(seed);
        var nodes = new Nodes();
        for (var step = 0; step < 60_000; step++)
        {
            // Grows at first, then shrinks to nothing, and grows again.
            var shrinks = step / 10_000 % 2 == 1;
            var node = random.Next(shrinks ? 400 : 4_000);
            if (random.Next(4) == 0 || (shrinks && random.Next(3) != 0))
            {
                nodes.Remove(shrinks && nodes.Count > 0 ? nodes.Any(random) : node);
            }
            else
            {
                var value = new byte[random.Next(1, longest + 1)];
                random.NextBytes(value);
                nodes.Set(node, value);
            }

            if (step % 2_500 == 0)
            {
                nodes.Check();
            }
        }

        nodes.Check();
        nodes.Clear();
        Assert.InRange(nodes.Arena.ReservedBytes, 0, 200_000);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(-8)]
    public void What_is_reserved_follows_what_is_used_when_all_values_change_their_length(int change)
    {
        const int Count = 10_000;
        var random = new Random(5);
        var nodes = new Nodes();
        var order = Enumerable.Range(0, Count).ToArray();
        var length = change > 0 ? 100 : 1_000;
        for (; length is >= 100 and <= 1_000; length += change)
        {
            random.Shuffle(order);
            foreach (var node in order)
            {
                nodes.Set(node, new byte[length]);
            }

            // An eighth at most for the steps of lengths, the node's number, and an array of each length at most.
            Assert.InRange(nodes.Arena.ReservedBytes, Count * (long)length, (Count * (length + 4L) * 9 / 8) + (3 * 128 * 1024));
        }

        nodes.Check();
    }

    [Fact]
    public void A_value_that_comes_and_goes_allocates_no_array_each_time()
    {
        var arena = new ValueArena();
        var value = new byte[1_000];
        var perArray = 128 * 1024 / 1_024;
        for (var i = 0; i < 2 * perArray; i++)
        {
            arena.Add(value, i);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        var moved = 0;
        for (var i = 0; i < 1_000; i++)
        {
            moved += arena.Remove(arena.Add(value, 5_000), value.Length) + 1;
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 150_000);
        Assert.Equal(0, moved);
    }

    /// <summary>Nodes with values, and what they ought to be.</summary>
    private sealed class Nodes
    {
        private readonly Dictionary<int, (int Handle, byte[] Value)> _values = [];

        public ValueArena Arena { get; } = new();

        public int Count => _values.Count;

        public int Any(Random random) => _values.Keys.ElementAt(random.Next(Math.Min(_values.Count, 50)));

        public void Set(int node, byte[] value)
        {
            if (_values.TryGetValue(node, out var old) && Arena.TryReplace(old.Handle, old.Value.Length, value))
            {
                _values[node] = (old.Handle, value);
                return;
            }

            Remove(node);
            _values[node] = (Arena.Add(value, node), value);
        }

        public void Remove(int node)
        {
            if (!_values.Remove(node, out var old))
            {
                return;
            }

            if (Arena.Remove(old.Handle, old.Value.Length) is >= 0 and var moved)
            {
                _values[moved] = (old.Handle, _values[moved].Value);
            }
        }

        public void Clear()
        {
            foreach (var node in _values.Keys.ToArray())
            {
                Remove(node);
            }
        }

        public void Check()
        {
            foreach (var (node, (handle, value)) in _values)
            {
                Assert.True(Arena.Get(handle, value.Length).SequenceEqual(value), $"node {node} has another's value");
            }
        }
    }
}
