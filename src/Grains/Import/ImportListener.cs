using GrainKeeper.Storage;

namespace GrainKeeper.Grains.Import;

/// <summary>Waits for the last of a few disk effects.</summary>
internal sealed class ImportListener(long lastToken) : IStorageListener
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Done when all is durable; failed when the disk refuses.</summary>
    public Task Done => _done.Task;

    public void Persisted(long token)
    {
        if (token >= lastToken)
        {
            _done.TrySetResult();
        }
    }

    public void Failed(Exception error) => _done.TrySetException(error);
}
