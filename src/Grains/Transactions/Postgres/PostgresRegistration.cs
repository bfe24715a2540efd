using Microsoft.Extensions.DependencyInjection;

namespace GrainKeeper.Grains.Transactions.Postgres;

/// <summary>Registers PostgreSQL databases as participants of transactions.</summary>
public static class PostgresRegistration
{
    /// <summary>Makes a database the participant <c>postgres.NAME</c>. Do the same on all servers.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="options">The database.</param>
    /// <exception cref="ArgumentException">An option is not allowed; the message names it, its range and the remedy.</exception>
    public static ISiloBuilder AddPostgresParticipant(this ISiloBuilder silo, PostgresOptions options)
    {
        options.Validate();
        silo.Services.AddSingleton(options);
        return silo;
    }
}
