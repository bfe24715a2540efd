using System.Net.Sockets;

namespace GrainKeeper.Client.Connections;

/// <summary>Makes grain calls that end: by their answer, by a deadline, or when the gateway is gone.</summary>
internal static class GrainCalls
{
    /// <summary>How long a call may take that does not wait on purpose.</summary>
    internal static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    /// <summary>Makes a call.</summary>
    /// <exception cref="TimeoutException">No answer came in time: nobody knows whether it was carried out.</exception>
    /// <exception cref="ServerConnectionException">The server or its gateway is gone, or refuses.</exception>
    internal static async Task<T> MakeAsync<T>(
        GatewayLease gateway, Func<IGrainFactory, Task<T>> call, CancellationToken cancellationToken, TimeSpan? deadline = null)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, gateway.Lost);
        try
        {
            return await call(gateway.Grains).WaitAsync(deadline ?? Deadline, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ServerConnectionException($"the connection to the gateway {gateway.Endpoint} ended");
        }
        catch (Exception e) when (IsServersFault(e))
        {
            throw new ServerConnectionException(OneLine(e.Message), e);
        }
    }

    /// <summary>The first line of a message, not too long.</summary>
    internal static string OneLine(string message)
    {
        var end = message.AsSpan().IndexOfAny('\r', '\n');
        var line = end < 0 ? message : message[..end];
        return line.Length <= 200 ? line : string.Concat(line.AsSpan(0, 199), "…");
    }

    // A gateway that is just stopping lists no grains, which Orleans calls a wrong argument.
    private static bool IsServersFault(Exception e) =>
        e is not (TimeoutException or OperationCanceledException or ServerConnectionException)
        && (e is OrleansException or SocketException or IOException or InvalidOperationException or ArgumentException
            || e.GetType().Namespace?.StartsWith("GrainKeeper", StringComparison.Ordinal) == true);
}
