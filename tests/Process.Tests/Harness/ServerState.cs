using System.Diagnostics;

namespace GrainKeeper.Process.Tests.Harness;

/// <summary>What a server last said of itself.</summary>
/// <param name="Role">Its role, for example <c>Leading</c>.</param>
/// <param name="Phase">How far it has come, for example <c>Broadcast</c>.</param>
/// <param name="Leader">Its leader, or 0.</param>
/// <param name="Epoch">Its epoch.</param>
/// <param name="Since">When it said so, as <see cref="Stopwatch.GetTimestamp"/>.</param>
internal sealed record ServerState(string Role, string Phase, int Leader, int Epoch, long Since)
{
    private const string Prefix = "@status ";

    public static readonly ServerState Unknown = new("Stopped", "Election", 0, 0, 0);

    public bool Serves => Phase == "Broadcast";

    public bool Leads => Role == "Leading" && Serves;

    public static ServerState? Parse(string line) =>
        line.StartsWith(Prefix, StringComparison.Ordinal) && line[Prefix.Length..].Split(' ') is [var role, var phase, var leader, var epoch]
            ? new ServerState(role, phase, int.Parse(leader, null), int.Parse(epoch, null), Stopwatch.GetTimestamp())
            : null;
}
