namespace GrainKeeper.Client.Recipes;

/// <summary>One instance of a service.</summary>
/// <param name="Id">Its id, unique among the service's.</param>
/// <param name="Data">What it tells of itself, for example its address.</param>
public sealed record ServiceInstance(string Id, ReadOnlyMemory<byte> Data);
