namespace GrainKeeper.Console.Transfer;

/// <summary>The last line of an export: without it the file was cut off.</summary>
/// <param name="Gk">What the line is: <c>end</c>.</param>
/// <param name="Nodes">Lines of nodes.</param>
/// <param name="Ephemerals">Ephemeral nodes that were left out.</param>
/// <param name="Unreadable">Nodes that could not be read, and with them what is below.</param>
internal sealed record ExportEnd(string Gk, long Nodes, long Ephemerals, long Unreadable);
