using System.Globalization;

namespace GrainKeeper.Client;

/// <summary>Where a server answers native clients: its gateway.</summary>
/// <param name="Host">Host name or address.</param>
/// <param name="Port">The gateway port, 1 to 65,535.</param>
public sealed record ServerEndpoint(string Host, int Port)
{
    /// <summary><c>host:port</c>; an IPv6 address in brackets.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}");
}
