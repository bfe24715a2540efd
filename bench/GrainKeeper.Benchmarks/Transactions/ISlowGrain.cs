using GrainKeeper.Contracts.Transactions;

namespace GrainKeeper.Benchmarks.Transactions;

/// <summary>A participant that takes its time before it votes; the key says how many milliseconds, before a dash.</summary>
internal interface ISlowGrain : ITransactionParticipant;
