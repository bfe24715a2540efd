namespace GrainKeeper.Grains.Connections;

/// <summary>
/// Where a replica's output for one client goes. Called by the replica's pump or whoever stands in for it, never by two threads at a time: copy, queue and return, never block or throw.
/// </summary>
public interface IConnectionSink
{
    /// <summary>Takes complete frames with their length prefixes, in order. Nothing need be sent before <see cref="Flush"/>.</summary>
    /// <param name="frames">Valid only during the call: copy them, best into a pooled buffer.</param>
    /// <returns>False when too much waits for the client: the replica then closes the connection.</returns>
    bool TryWrite(ReadOnlySpan<byte> frames);

    /// <summary>The replica has done all it had to do for now: send what was written. Called once after any number of writes.</summary>
    void Flush();

    /// <summary>Read no more from the client for now, or read on. What was read already may still be posted.</summary>
    void PauseReading(bool paused);

    /// <summary>Send what was written, then close. The last call.</summary>
    /// <param name="reason">For the log.</param>
    void Close(string reason);
}
