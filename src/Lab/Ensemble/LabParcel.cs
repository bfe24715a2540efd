using GrainKeeper.Core.Election;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Lab.Ensemble;

/// <summary>What one server sends another: exactly one of the two.</summary>
/// <param name="Election">Of the election cores.</param>
/// <param name="Zab">Of the ZAB cores.</param>
internal readonly record struct LabParcel(ElectionMessage? Election, ZabEnvelope? Zab);
