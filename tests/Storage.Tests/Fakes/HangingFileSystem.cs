using GrainKeeper.Storage.Files;

namespace GrainKeeper.Storage.Tests.Fakes;

/// <summary>A disk whose flushes hang from a moment on.</summary>
internal sealed class HangingFileSystem(IFileSystem inner) : DelegatingFileSystem(inner), IDisposable
{
    private readonly ManualResetEventSlim _open = new(true);
    private readonly ManualResetEventSlim _hangs = new();

    public void Hang()
    {
        _hangs.Reset();
        _open.Reset();
    }

    public void Release() => _open.Set();

    /// <summary>Waits until a flush hangs.</summary>
    /// <returns>False when none did in that time.</returns>
    public bool WaitUntilHanging(TimeSpan limit) => _hangs.Wait(limit);

    public void Dispose()
    {
        _open.Dispose();
        _hangs.Dispose();
    }

    protected override IStorageFile Writable(IStorageFile file) => new Slow(this, file);

    private void Pass()
    {
        if (!_open.IsSet)
        {
            _hangs.Set();
            _open.Wait();
        }
    }

    private sealed class Slow(HangingFileSystem owner, IStorageFile file) : DelegatingFile(file)
    {
        public override void FlushData()
        {
            owner.Pass();
            base.FlushData();
        }

        public override void Flush()
        {
            owner.Pass();
            base.Flush();
        }
    }
}
