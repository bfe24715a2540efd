using GrainKeeper.Core.Election;

namespace GrainKeeper.Grains.Elections;

/// <summary>A replica has no leader.</summary>
/// <param name="Input">Its history.</param>
/// <param name="Ticket">Comes back with the answer: a replica that has begun anew ignores the answer to an earlier question.</param>
internal sealed record LookForLeader(ElectionInput.StartLooking Input, long Ticket);
