using System.Runtime.InteropServices;

namespace GrainKeeper.Silo.Hosting;

/// <summary>Stops the host gracefully on SIGTERM, SIGQUIT and Ctrl-C. A second signal is answered like the first: a shutdown is bounded anyway.</summary>
internal sealed class SignalLifetime(IHostApplicationLifetime lifetime, bool ignoreInterrupt) : IHostLifetime, IDisposable
{
    private readonly List<PosixSignalRegistration> _registrations = [];

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGQUIT, Stop));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, ignoreInterrupt ? static context => context.Cancel = true : Stop));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }
    }

    private void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        lifetime.StopApplication();
    }
}
