using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Simulation.Model;

/// <summary>A session as the committed sequence says.</summary>
/// <param name="Timeout">Milliseconds.</param>
/// <param name="Opened">Which transaction opened it.</param>
/// <param name="Closed">Which one closed it.</param>
public sealed record ModelSession(int Timeout, Zxid Opened, Zxid? Closed);
