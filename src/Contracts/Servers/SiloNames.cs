using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Contracts.Servers;

/// <summary>The silo name of a server, <c>gk-N</c>: how a server id is found in any Orleans membership table.</summary>
public static class SiloNames
{
    private const string Prefix = "gk-";

    /// <summary>The silo name of the server.</summary>
    public static string Of(ServerId server) => Prefix + server.Value.ToString(CultureInfo.InvariantCulture);

    /// <summary>The server of a silo name; false for silos that are not servers of an ensemble.</summary>
    public static bool TryParse([NotNullWhen(true)] string? siloName, out ServerId server)
    {
        server = default;
        if (siloName is null || !siloName.StartsWith(Prefix, StringComparison.Ordinal)
            || !int.TryParse(siloName.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            || value is < 1 or > ServerId.Max)
        {
            return false;
        }

        server = new ServerId(value);
        return true;
    }
}
