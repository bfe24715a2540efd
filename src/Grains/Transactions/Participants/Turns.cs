namespace GrainKeeper.Grains.Transactions.Participants;

/// <summary>Lets what must not overlap take turns, in the order of the calls. On one activation's scheduler only.</summary>
internal sealed class Turns
{
    private Task _last = Task.CompletedTask;

    /// <summary>Runs something when all before it has ended.</summary>
    public async Task<T> RunAsync<T>(Func<Task<T>> act)
    {
        var before = _last;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _last = done.Task;
        await before;
        try
        {
            return await act();
        }
        finally
        {
            done.SetResult();
        }
    }
}
