using System.Globalization;

namespace GrainKeeper.Silo.Hosting;

/// <summary>
/// Keeps two processes of one server from running under one Orleans generation. Generations are seconds; a process that starts within the second in
/// which its predecessor started would share its silo address, and late answers to the dead one's calls could be taken for answers to its own.
/// </summary>
internal static class GenerationGuard
{
    private const string FileName = "generation";
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);

    /// <summary>Waits until a new generation would be above the last one used here, but not longer than three seconds: a clock may have been set back.</summary>
    public static async Task WaitAsync(string directory, TimeProvider clock, CancellationToken cancellationToken)
    {
        var path = Path.Combine(directory, FileName);
        if (!File.Exists(path) || !long.TryParse(await File.ReadAllTextAsync(path, cancellationToken), NumberStyles.None, CultureInfo.InvariantCulture, out var last))
        {
            return;
        }

        // Orleans rounds down, so the next whole second gives a greater number.
        var wait = DateTimeOffset.FromUnixTimeSeconds(last + 1) - clock.GetUtcNow();
        if (wait > TimeSpan.Zero && wait <= 3 * Step)
        {
            await Task.Delay(wait, clock, cancellationToken);
        }
    }

    /// <summary>Remembers that a process has started in this second.</summary>
    public static void Record(string directory, TimeProvider clock)
    {
        Directory.CreateDirectory(directory);
        File.WriteAllText(Path.Combine(directory, FileName), clock.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
    }
}
