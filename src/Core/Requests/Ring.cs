namespace GrainKeeper.Core.Requests;

/// <summary>A queue in one growing array, readable by index and shortenable from its end. Not a public type: its callers bound its length.</summary>
internal sealed class Ring<T>
{
    private T[] _items = [];
    private int _head;

    public int Count { get; private set; }

    public ref T this[int index]
    {
        get
        {
            Invariant.That((uint)index < (uint)Count);
            return ref _items[(_head + index) & (_items.Length - 1)];
        }
    }

    public void Add(in T item)
    {
        if (Count == _items.Length)
        {
            Grow();
        }

        _items[(_head + Count) & (_items.Length - 1)] = item;
        Count++;
    }

    public T RemoveFirst()
    {
        Invariant.That(Count > 0);
        ref var slot = ref _items[_head];
        var item = slot;
        slot = default!;
        _head = (_head + 1) & (_items.Length - 1);
        Count--;
        return item;
    }

    public T RemoveLast()
    {
        Invariant.That(Count > 0);
        Count--;
        ref var slot = ref _items[(_head + Count) & (_items.Length - 1)];
        var item = slot;
        slot = default!;
        return item;
    }

    public void Clear()
    {
        Array.Clear(_items);
        _head = 0;
        Count = 0;
    }

    private void Grow()
    {
        var larger = new T[Math.Max(8, _items.Length * 2)];
        for (var i = 0; i < Count; i++)
        {
            larger[i] = _items[(_head + i) & (_items.Length - 1)];
        }

        _items = larger;
        _head = 0;
    }
}
