namespace GrainKeeper.Console.Shell;

/// <summary>Lines of a file or a pipe.</summary>
internal sealed class PipedLines(Stream input) : ILineSource, IDisposable
{
    private readonly StreamReader _reader = new(input);

    public async Task<string?> ReadAsync(CancellationToken token) => await _reader.ReadLineAsync(token);

    public void Dispose() => _reader.Dispose();
}
