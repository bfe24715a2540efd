namespace GrainKeeper.Benchmarks.Restart;

/// <summary>What the restart benchmark builds and runs.</summary>
/// <param name="Nodes">Nodes in the snapshot.</param>
/// <param name="Bytes">Bytes of data of each.</param>
/// <param name="Tail">Transactions in the log after the snapshot.</param>
/// <param name="Runs">How often to restart.</param>
/// <param name="Directory">Where the data goes.</param>
/// <param name="Settings">More settings of the server, each key=value.</param>
internal sealed record RestartOptions(int Nodes, int Bytes, int Tail, int Runs, string Directory, IReadOnlyList<string> Settings);
