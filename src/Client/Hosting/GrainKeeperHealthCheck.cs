using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace GrainKeeper.Client.Hosting;

/// <summary>Healthy while a server is attached to the client's session.</summary>
internal sealed class GrainKeeperHealthCheck(GrainKeeperClient client) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var state = client.State;
        var data = new Dictionary<string, object>
        {
            ["state"] = state.ToString(), ["session"] = $"0x{client.SessionId:x}", ["server"] = client.Server, ["lastZxid"] = $"0x{client.LastZxid:x}",
        };
        return Task.FromResult(state == ClientState.Connected
            ? HealthCheckResult.Healthy($"attached to server {client.Server}", data)
            : new HealthCheckResult(context.Registration.FailureStatus, $"the session is {state}: no server is attached", null, data));
    }
}
