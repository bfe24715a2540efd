using System.Diagnostics;

namespace GrainKeeper.Process.Tests.Harness;

/// <summary>Waits for something to become true, with a deadline.</summary>
internal static class Until
{
    public static Task TrueAsync(Func<bool> condition, string what, double seconds, Func<string>? details = null) =>
        TrueAsync(() => Task.FromResult(condition()), what, seconds, details);

    public static async Task TrueAsync(Func<Task<bool>> condition, string what, double seconds, Func<string>? details = null)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(watch.Elapsed.TotalSeconds < seconds, $"waited {seconds} s in vain until {what}{Environment.NewLine}{details?.Invoke()}");
            await Task.Delay(10);
        }
    }
}
