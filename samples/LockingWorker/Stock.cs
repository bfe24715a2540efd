using System.Globalization;

namespace GrainKeeper.Samples.LockingWorker;

/// <summary>
/// A resource that several processes change, and that cannot keep them apart by itself: a file with a number. Beside the number it keeps the largest fencing token it has seen, and refuses a smaller one:
/// its bearer was overtaken without knowing it.
/// </summary>
/// <param name="file">The file; made when it is missing.</param>
internal sealed class Stock(string file)
{
    /// <summary>Adds one.</summary>
    /// <param name="token">The fencing token under which the caller holds the lock.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>How many there are now; null when the token is refused.</returns>
    public async Task<long?> AddAsync(long token, CancellationToken cancellationToken)
    {
        var (count, seen) = await ReadAsync(cancellationToken);
        if (token < seen)
        {
            return null;
        }

        // Replaced at once: a process that dies here leaves the old one.
        var next = $"{file}.{Environment.ProcessId}";
        await File.WriteAllTextAsync(next, string.Create(CultureInfo.InvariantCulture, $"{count + 1} {token}"), cancellationToken);
        File.Move(next, file, overwrite: true);
        return count + 1;
    }

    private async Task<(long Count, long Token)> ReadAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(file))
        {
            return (0, 0);
        }

        var fields = (await File.ReadAllTextAsync(file, cancellationToken)).Split(' ');
        return (long.Parse(fields[0], CultureInfo.InvariantCulture), long.Parse(fields[1], CultureInfo.InvariantCulture));
    }
}
