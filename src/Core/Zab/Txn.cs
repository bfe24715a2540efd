using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Zab;

/// <summary>
/// A transaction: its place in the order, and its bytes. The bytes are encoded once by the leader; the same bytes go to the log, to every
/// learner and back out of the log. ZAB reads them only when <see cref="Kind"/> is <see cref="TxnKind.Reconfiguration"/>.
/// </summary>
/// <param name="Zxid">Its place.</param>
/// <param name="Kind">Whether ZAB itself must look inside.</param>
/// <param name="Payload">The bytes. Never changed after the transaction is made.</param>
public sealed record Txn(Zxid Zxid, TxnKind Kind, ReadOnlyMemory<byte> Payload);
