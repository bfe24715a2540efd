namespace GrainKeeper.Cluster.Tests;

/// <summary>Waits for a condition, with a deadline.</summary>
internal static class Eventually
{
    public static Task Is(Func<bool> condition, Func<string> otherwise, int milliseconds = 60_000) =>
        Is(() => Task.FromResult(condition()), otherwise, milliseconds);

    public static async Task Is(Func<Task<bool>> condition, Func<string> otherwise, int milliseconds = 60_000)
    {
        var until = Environment.TickCount64 + milliseconds;
        while (!await condition())
        {
            Assert.True(Environment.TickCount64 < until, $"not within {milliseconds} ms: {otherwise()}");
            await Task.Delay(10);
        }
    }
}
