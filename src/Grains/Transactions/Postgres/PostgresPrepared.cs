namespace GrainKeeper.Grains.Transactions.Postgres;

/// <summary>A prepared transaction of this ensemble that was found in a database.</summary>
/// <param name="Mark">What it is.</param>
/// <param name="Since">When it was prepared, by the database's clock: milliseconds since the Unix epoch.</param>
/// <param name="Age">How long ago that was, in milliseconds.</param>
/// <param name="State">What the log knows of it, for people.</param>
internal sealed record PostgresPrepared(PostgresMark Mark, long Since, long Age, string State);
