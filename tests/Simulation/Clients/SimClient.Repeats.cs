using GrainKeeper.Core.Jute;

namespace GrainKeeper.Simulation.Clients;

/// <content>What a client of our own does after a lost connection.</content>
public sealed partial class SimClient
{
    /// <summary>Sends again what the last connection left without an answer, in the same order, writes under their numbers.</summary>
    private void SendAgain()
    {
        var frames = new List<ReadOnlyMemory<byte>>();
        foreach (var lost in _again)
        {
            if (!lost.IsNumbered)
            {
                if (lost.Type != OpCode.CloseSession)
                {
                    frames.Add(Frames.Request(Begin(Workload.Copy(lost))));
                }

                continue;
            }

            lost.SentAgain = true;
            SentAgain++;
            _outstanding.Enqueue(lost);
            _world.Trace.Tell(Name, $"asks again {lost}");
            frames.Add(Frames.Request(lost));
        }

        _again.Clear();
        if (frames.Count > 0)
        {
            _lastSent = Loop.Now;
            _connection!.Send(frames);
        }
    }

    private ClientRequest Begin(ClientRequest request)
    {
        request.Client = Number;
        request.Session = Session;
        request.Xid = KeptResults > 0 && request.IsNumbered ? ++_write : ++_xid;
        request.Invoked = Loop.Now;
        _outstanding.Enqueue(request);
        _witness.Invoked(this, request);
        _world.Trace.Tell(Name, $"asks {request}");
        return request;
    }
}
