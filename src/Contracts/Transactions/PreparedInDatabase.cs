namespace GrainKeeper.Contracts.Transactions;

/// <summary>A transaction that is prepared in a database and holds its locks.</summary>
/// <param name="Gid">Its id in the database (<c>pg_prepared_xacts</c>).</param>
/// <param name="Transaction">Its id here.</param>
/// <param name="Since">When it was prepared, by the database's clock: milliseconds since the Unix epoch.</param>
/// <param name="Age">How long ago that was, in milliseconds.</param>
/// <param name="State">What the log knows of it.</param>
[GenerateSerializer, Immutable, Alias("gk.PreparedInDatabase")]
public sealed record PreparedInDatabase(
    [property: Id(0)] string Gid, [property: Id(1)] string Transaction, [property: Id(2)] long Since, [property: Id(3)] long Age, [property: Id(4)] string State);
