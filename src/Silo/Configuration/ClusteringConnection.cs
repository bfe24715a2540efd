using Npgsql;
using StackExchange.Redis;

namespace GrainKeeper.Silo.Configuration;

/// <summary>Checks connection strings of membership stores without connecting.</summary>
internal static class ClusteringConnection
{
    /// <returns>What is wrong, without the string itself, or null.</returns>
    public static string? Check(ClusteringKind kind, string connection)
    {
        try
        {
            if (kind == ClusteringKind.Postgres)
            {
                return string.IsNullOrWhiteSpace(new NpgsqlConnectionStringBuilder(connection).Host) ? "names no Host" : null;
            }

            return ConfigurationOptions.Parse(connection).EndPoints.Count == 0 ? "names no host:port" : null;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException or KeyNotFoundException)
        {
            // The parser's message may repeat the string, password and all.
            return "cannot be parsed";
        }
    }
}
