namespace GrainKeeper.Storage.Tests.Fakes;

internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("storage-test-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
