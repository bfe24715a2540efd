namespace GrainKeeper.Console.Shell;

/// <summary>Where a shell's lines come from.</summary>
internal interface ILineSource
{
    /// <summary>The next line.</summary>
    /// <param name="token">Ends the wait.</param>
    /// <returns>The line; null at the end.</returns>
    Task<string?> ReadAsync(CancellationToken token);
}
