using GrainKeeper.Storage;

namespace GrainKeeper.Grains.Replicas;

/// <summary>Brings storage's answers to the pump. Tokens only grow and one covers all before it, so only the highest is kept.</summary>
internal sealed class StorageListener : IStorageListener
{
    private readonly Lock _gate = new();
    private Action? _wake;
    private Action<Exception>? _failed;
    private Exception? _failure;
    private long _token = long.MinValue;
    private long _taken = long.MinValue;

    /// <summary>Whether there is something to take. By the pump only.</summary>
    public bool HasNews => Volatile.Read(ref _token) != _taken;

    /// <summary>Tells who listens; it hears of what has come before, too. Once.</summary>
    /// <param name="wake">Wakes the pump.</param>
    /// <param name="failed">Takes failures.</param>
    public void Connect(Action wake, Action<Exception> failed)
    {
        Exception? failure;
        lock (_gate)
        {
            _failed = failed;
            failure = _failure;
        }

        // A full fence between this and the look at the token, as there is one in Persisted the other way round: one of both sees the other.
        Interlocked.Exchange(ref _wake, wake);
        wake();
        if (failure is not null)
        {
            failed(failure);
        }
    }

    /// <inheritdoc/>
    public void Persisted(long token)
    {
        Interlocked.Exchange(ref _token, token);
        Volatile.Read(ref _wake)?.Invoke();
    }

    /// <inheritdoc/>
    public void Failed(Exception error)
    {
        Action<Exception>? failed;
        lock (_gate)
        {
            _failure ??= error;
            failed = _failed;
        }

        failed?.Invoke(error);
    }

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
