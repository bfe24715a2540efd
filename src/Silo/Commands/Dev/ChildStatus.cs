using System.Globalization;
using GrainKeeper.Contracts.Servers;

namespace GrainKeeper.Silo.Commands.Dev;

/// <summary>What a child says of itself.</summary>
/// <param name="Role">Its role in the root tree.</param>
/// <param name="Phase">How far it has come.</param>
/// <param name="Leader">The leader, or 0.</param>
/// <param name="Epoch">Its epoch.</param>
internal sealed record ChildStatus(ServerRole Role, ServerPhase Phase, int Leader, int Epoch)
{
    public static readonly ChildStatus Down = new(ServerRole.Stopped, ServerPhase.Election, 0, 0);

    public bool Serves => Phase == ServerPhase.Broadcast;

    /// <returns>The status, or null when the line is none.</returns>
    public static ChildStatus? Parse(string line)
    {
        if (!line.StartsWith(SupervisedChild.StatusPrefix, StringComparison.Ordinal))
        {
            return null;
        }

        var words = line[SupervisedChild.StatusPrefix.Length..].Split(' ');
        return words.Length == 4
            && Enum.TryParse<ServerRole>(words[0], out var role)
            && Enum.TryParse<ServerPhase>(words[1], out var phase)
            && int.TryParse(words[2], NumberStyles.None, CultureInfo.InvariantCulture, out var leader)
            && int.TryParse(words[3], NumberStyles.None, CultureInfo.InvariantCulture, out var epoch)
            ? new ChildStatus(role, phase, leader, epoch)
            : null;
    }
}
