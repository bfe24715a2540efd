namespace GrainKeeper.Grains.Replicas;

/// <summary>Something that runs beside a replica's pump has failed: storage, or reading it.</summary>
internal sealed class ReplicaFailedException(string message, Exception inner) : Exception(message, inner);
