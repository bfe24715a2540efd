namespace GrainKeeper.RealClients.Tests;

/// <summary>One run of all of Curator's recipes, in one Java process.</summary>
public sealed class CuratorRun : IDisposable
{
    private readonly SemaphoreSlim _once = new(1);
    private string? _output;

    /// <inheritdoc/>
    public void Dispose() => _once.Dispose();

    /// <summary>What the run said.</summary>
    internal async Task<string> OutputAsync(string hosts)
    {
        await _once.WaitAsync();
        try
        {
            return _output ??= await CuratorProgram.RunAsync("Recipes", hosts);
        }
        finally
        {
            _once.Release();
        }
    }
}
