using System.Runtime.InteropServices;

namespace GrainKeeper.Console;

/// <summary>Ctrl-C and the request to end: the first ends what is under way in good order, the second the process.</summary>
internal sealed class Interrupts : IDisposable
{
    private readonly Lock _lock = new();
    private readonly PosixSignalRegistration[] _signals;
    private CancellationTokenSource _current = new();

    internal Interrupts() => _signals = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Take), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Take)];

    /// <summary>Cancelled by the next signal.</summary>
    internal CancellationToken Token
    {
        get
        {
            lock (_lock)
            {
                return _current.Token;
            }
        }
    }

    /// <summary>A shell's next command is not to end because of the signal that ended the one before.</summary>
    internal CancellationToken Renew()
    {
        lock (_lock)
        {
            if (_current.IsCancellationRequested)
            {
                _current.Dispose();
                _current = new CancellationTokenSource();
            }

            return _current.Token;
        }
    }

    public void Dispose()
    {
        foreach (var signal in _signals)
        {
            signal.Dispose();
        }

        _current.Dispose();
    }

    private void Take(PosixSignalContext signal)
    {
        lock (_lock)
        {
            signal.Cancel = !_current.IsCancellationRequested;
            _current.Cancel();
        }
    }
}
