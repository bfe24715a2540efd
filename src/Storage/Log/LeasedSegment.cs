using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Storage.Log;

/// <summary>A segment that may not be purged, and how far it was durable when the lease was taken.</summary>
/// <param name="Segment">The segment.</param>
/// <param name="End">The offset behind its last durable record; at most the file's length.</param>
/// <param name="Last">That record's zxid.</param>
internal readonly record struct LeasedSegment(LogSegment Segment, long End, Zxid Last);
