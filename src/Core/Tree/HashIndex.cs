using System.Numerics;

namespace GrainKeeper.Core.Tree;

/// <summary>
/// A hash table of small integers (the caller's item numbers) that grows by linear hashing: each insert splits at most two buckets, so
/// growing never stalls a request and never needs a second table. The caller compares keys.
/// </summary>
internal sealed class HashIndex
{
    private const int FirstBuckets = 16;
    private const int MostBuckets = 1 << 30;
    private readonly ChunkedArray<int> _buckets = new(16 * 1024);
    private readonly ChunkedArray<Link> _links = new(8 * 1024);
    private int _bucketCount = FirstBuckets;
    private int _count;

    public HashIndex() => _buckets.EnsureCapacity(FirstBuckets);

    /// <summary>Bytes of all arrays.</summary>
    public long ReservedBytes => _buckets.Bytes + _links.Bytes;

    /// <summary>The first item that may have the hash, or −1.</summary>
    public int First(uint hash) => Match(_buckets[Bucket(hash)] - 1, hash);

    /// <summary>The next item with the same hash, or −1.</summary>
    public int Next(int item)
    {
        ref var link = ref _links[item];
        return Match(link.Next - 1, link.Hash);
    }

    public void Add(int item, uint hash)
    {
        _links.EnsureCapacity(item + 1);
        _count++;
        Reserve(_count);

        ref var head = ref _buckets[Bucket(hash)];
        _links[item] = new Link { Hash = hash, Next = head };
        head = item + 1;
    }

    /// <summary>Makes room for more items, for which there need be no growth then.</summary>
    public void Reserve(long items)
    {
        while (_bucketCount < 2 * items && _bucketCount < MostBuckets)
        {
            Split();
        }
    }

    public void Remove(int item)
    {
        ref var place = ref _buckets[Bucket(_links[item].Hash)];
        while (place != item + 1)
        {
            Invariant.That(place != 0, $"item {item} is not in its bucket");
            place = ref _links[place - 1].Next;
        }

        place = _links[item].Next;
        _count--;
    }

    private int Match(int item, uint hash)
    {
        while (item >= 0)
        {
            ref var link = ref _links[item];
            if (link.Hash == hash)
            {
                return item;
            }

            item = link.Next - 1;
        }

        return -1;
    }

    private int Bucket(uint hash)
    {
        var size = BitOperations.RoundUpToPowerOf2((uint)_bucketCount);
        var bucket = hash & (size - 1);
        return (int)(bucket < (uint)_bucketCount ? bucket : bucket & ((size >> 1) - 1));
    }

    /// <summary>Adds a bucket and moves to it what belongs there from the one bucket that shared its items so far.</summary>
    private void Split()
    {
        var added = _bucketCount++;
        _buckets.EnsureCapacity(_bucketCount);
        var highBit = 1 << BitOperations.Log2((uint)added);
        var item = _buckets[added & (highBit - 1)];
        int stay = 0, move = 0;
        while (item != 0)
        {
            ref var link = ref _links[item - 1];
            var next = link.Next;
            if ((link.Hash & (uint)highBit) != 0)
            {
                link.Next = move;
                move = item;
            }
            else
            {
                link.Next = stay;
                stay = item;
            }

            item = next;
        }

        _buckets[added & (highBit - 1)] = stay;
        _buckets[added] = move;
    }

    private struct Link
    {
        public uint Hash;

        /// <summary>The item after this one in its bucket, plus 1; 0 at the end.</summary>
        public int Next;
    }
}
