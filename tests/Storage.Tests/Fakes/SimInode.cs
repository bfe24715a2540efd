namespace GrainKeeper.Storage.Tests.Fakes;

/// <summary>A file's content as programs see it, as it is on disk, and the changes between the two.</summary>
internal sealed class SimInode(byte[] durable)
{
    private const int Sector = 512;

    private readonly List<Pending> _pending = [];
    private byte[] _durable = durable;
    private byte[] _content = durable;

    /// <summary>Never changed in place.</summary>
    public ReadOnlyMemory<byte> Content => _content;

    public void Write(long offset, byte[] data)
    {
        var change = new Pending(offset, data);
        _content = change.ApplyTo(_content, null);
        _pending.Add(change);
    }

    public void SetLength(long length)
    {
        var change = new Pending(length, null);
        _content = change.ApplyTo(_content, null);
        _pending.Add(change);
    }

    /// <summary>Only what is still dirty reaches the disk: pages whose flush failed before count as clean and never do.</summary>
    public void Flush()
    {
        foreach (var change in _pending)
        {
            _durable = change.ApplyTo(_durable, null);
        }

        _pending.Clear();
    }

    /// <summary>A flush failed: the pages count as clean from now on, but they never reached the disk.</summary>
    public void LoseUnflushed() => _pending.Clear();

    public SimInode AfterPowerLoss(Random random)
    {
        var content = _durable;
        var mode = random.Next(4);
        var prefix = random.Next(_pending.Count + 1);
        for (var i = 0; i < _pending.Count; i++)
        {
            content = mode switch
            {
                0 => content,
                1 => _pending[i].ApplyTo(content, null),
                2 when i < prefix => _pending[i].ApplyTo(content, null),
                2 => content,
                _ => _pending[i].ApplyTo(content, random),
            };
        }

        return new SimInode(content);
    }

    /// <param name="Offset">Where, or the new length.</param>
    /// <param name="Data">What; null = set the length.</param>
    private sealed record Pending(long Offset, byte[]? Data)
    {
        /// <summary>Applies it whole, or, with a random source, any subset of its sectors.</summary>
        public byte[] ApplyTo(byte[] content, Random? random)
        {
            if (Data is null)
            {
                if (random is not null && random.Next(2) == 0)
                {
                    return content;
                }

                var resized = new byte[Offset];
                content.AsSpan(0, (int)Math.Min(content.Length, Offset)).CopyTo(resized);
                return resized;
            }

            if (random is null)
            {
                var whole = new byte[Math.Max(content.Length, Offset + Data.Length)];
                content.CopyTo(whole, 0);
                Data.CopyTo(whole, Offset);
                return whole;
            }

            var result = content.AsSpan().ToArray();
            for (var at = 0; at < Data.Length;)
            {
                var end = (int)Math.Min(Data.Length, ((Offset + at) / Sector * Sector) + Sector - Offset);
                if (random.Next(2) == 0)
                {
                    if (Offset + end > result.Length)
                    {
                        Array.Resize(ref result, (int)(Offset + end));
                    }

                    Data.AsSpan(at, end - at).CopyTo(result.AsSpan((int)Offset + at));
                }

                at = end;
            }

            return result;
        }
    }
}
