namespace GrainKeeper.Client.Connections;

/// <summary>A connection cannot be opened or is broken; the next server may do better.</summary>
internal sealed class ServerConnectionException(string message, Exception? inner = null) : Exception(message, inner);
