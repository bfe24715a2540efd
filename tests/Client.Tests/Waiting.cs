using System.Diagnostics;

namespace GrainKeeper.Client.Tests;

/// <summary>Waits for something to become true.</summary>
internal static class Waiting
{
    internal static Task UntilAsync(Func<bool> condition, string what, int seconds = 60) => UntilAsync(() => Task.FromResult(condition()), what, seconds);

    internal static async Task UntilAsync(Func<Task<bool>> condition, string what, int seconds = 60)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(seconds), $"waited {seconds} s in vain for {what}");
            await Task.Delay(5);
        }
    }
}
