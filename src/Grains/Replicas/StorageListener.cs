using GrainKeeper.Storage;

namespace GrainKeeper.Grains.Replicas;

/// <summary>Brings storage's answers to the pump. Tokens only grow and one covers all before it, so only the highest is kept.</summary>
/// <param name="wake">Wakes the pump.</param>
/// <param name="failed">Takes a failure.</param>
internal sealed class StorageListener(Action wake, Action<Exception> failed) : IStorageListener
{
    private long _token = long.MinValue;
    private long _taken = long.MinValue;

    /// <inheritdoc/>
    public void Persisted(long token)
    {
        Volatile.Write(ref _token, token);
        wake();
    }

    /// <inheritdoc/>
    public void Failed(Exception error) => failed(error);

    /// <summary>Whether there is something to take. By the pump only.</summary>
    public bool HasNews => Volatile.Read(ref _token) != _taken;

    /// <summary>The highest durable token, if it is new. By the pump only.</summary>
    public bool TryTake(out long token)
    {
        token = Volatile.Read(ref _token);
        if (token == _taken)
        {
            return false;
        }

        _taken = token;
        return true;
    }
}
