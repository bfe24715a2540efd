using GrainKeeper.Client;

namespace GrainKeeper.Benchmarks.Trees;

/// <summary>What the benchmark of trees runs.</summary>
/// <param name="Servers">The servers' gateways.</param>
/// <param name="Credentials">The administrator, <c>user:password</c>, who creates the trees that are missing.</param>
/// <param name="Trees">Over how many trees the sessions are spread; the root tree is not among them.</param>
/// <param name="Sessions">Sessions in all.</param>
/// <param name="Pipeline">Requests in flight of each session.</param>
/// <param name="Size">Bytes of a value.</param>
/// <param name="Warmup">Unmeasured time before.</param>
/// <param name="Measured">Measured time.</param>
/// <param name="Processes">Server processes whose processor time is read.</param>
internal sealed record TreesOptions(
    ConnectString Servers, string Credentials, int Trees, int Sessions, int Pipeline, int Size, TimeSpan Warmup, TimeSpan Measured, IReadOnlyList<int> Processes);
