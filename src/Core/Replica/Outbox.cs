using System.Buffers.Binary;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Requests;

namespace GrainKeeper.Core.Replica;

/// <summary>
/// Collects the frames for all clients during a step: one effect a connection, whatever is sent to it. Scratch buffers are shared between
/// connections; the bytes of the effects are immutable: copies, or the buffer itself when it is too large to be used again.
/// </summary>
internal sealed class Outbox
{
    private const int MaxSpare = 256;
    private readonly List<ClientConnection> _dirty = [];
    private readonly List<ClientConnection> _closing = [];
    private readonly List<ReplicaEffect.PauseReading> _pauses = [];
    private readonly Stack<ByteBuffer> _spare = new();
    private readonly Slabs _slabs = new();

    /// <summary>Begins a frame for a connection.</summary>
    /// <returns>Where to write; to be ended by <see cref="EndFrame"/>.</returns>
    public ByteBuffer BeginFrame(ClientConnection connection, out int start)
    {
        if (connection.Output is null)
        {
            connection.Output = _spare.TryPop(out var spare) ? spare : new ByteBuffer();
            _dirty.Add(connection);
        }

        start = connection.Output.Length;
        connection.Output.GetSpan(sizeof(int));
        connection.Output.Advance(sizeof(int));
        return connection.Output;
    }

    /// <summary>Ends a frame: its length is known now.</summary>
    public static void EndFrame(ByteBuffer output, int start) =>
        BinaryPrimitives.WriteInt32BigEndian(output.At(start, sizeof(int)), output.Length - start - sizeof(int));

    /// <summary>Sends an answer that is a header only.</summary>
    public void Send(ClientConnection connection, ReplyHeader header)
    {
        var output = BeginFrame(connection, out var start);
        header.Write(new JuteWriter(output));
        EndFrame(output, start);
    }

    /// <summary>Tells the host to read no more from a connection, or to read on.</summary>
    public void Pause(ClientConnection connection, bool paused) => _pauses.Add(new ReplicaEffect.PauseReading(connection.Id, paused));

    /// <summary>Closes a connection after what was sent to it.</summary>
    public void Close(ClientConnection connection, string reason)
    {
        if (connection.CloseReason is null)
        {
            connection.CloseReason = reason;
            _closing.Add(connection);
        }
    }

    /// <summary>The connection is gone: nothing is sent to it any more.</summary>
    public void Forget(ClientConnection connection)
    {
        if (connection.Output is { } output)
        {
            connection.Output = null;
            _dirty.Remove(connection);
            Return(output);
        }

        if (connection.CloseReason is not null)
        {
            _closing.Remove(connection);
        }
    }

    /// <summary>Appends the effects of this step.</summary>
    public void Flush(List<Effect> effects)
    {
        foreach (var connection in _dirty)
        {
            var output = connection.Output!;
            connection.Output = null;
            if (output.Length > 0)
            {
                effects.Add(new ReplicaEffect.SendToClient(connection.Id, output.IsLarge ? output.Detach() : _slabs.Copy(output.Written)));
            }

            Return(output);
        }

        effects.AddRange(_pauses);
        foreach (var connection in _closing)
        {
            effects.Add(new ReplicaEffect.CloseConnection(connection.Id, connection.CloseReason!));
        }

        _dirty.Clear();
        _pauses.Clear();
        _closing.Clear();
    }

    private void Return(ByteBuffer output)
    {
        output.Clear();
        if (_spare.Count < MaxSpare)
        {
            _spare.Push(output);
        }
    }
}
