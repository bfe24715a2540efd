namespace GrainKeeper.Console.Transfer;

/// <summary>The first line of an export.</summary>
/// <param name="Gk">What the line is: <c>export</c>.</param>
/// <param name="Version">The format's version, 2; files of version 1 name no kinds, all their nodes are persistent.</param>
/// <param name="Tree">The tree.</param>
/// <param name="From">The node that was exported; the paths of the other lines begin there.</param>
/// <param name="Time">When it began, UTC.</param>
/// <param name="Zxid">The last transaction that the session had seen by then.</param>
internal sealed record ExportHeader(string Gk, int Version, string Tree, string From, string Time, string Zxid);
