using GrainKeeper.Core.Jute;

namespace GrainKeeper.Simulation.Clients;

/// <summary>A client's side of ZooKeeper's wire protocol: reads the bodies of replies into the request.</summary>
public static class Replies
{
    /// <summary>Reads the body of a reply; the reader stands after the header.</summary>
    /// <exception cref="PropertyViolatedException">The body is not what ZooKeeper's protocol demands.</exception>
    public static void ReadBody(ref JuteReader reader, ClientRequest request, ErrorCode error)
    {
        request.Outcome = error == ErrorCode.Ok ? Outcome.Ok : Outcome.Refused;
        request.Result = new PartResult(request.Type, error, null, null);
        if (error != ErrorCode.Ok)
        {
            return;
        }

        switch (request.Type)
        {
            case OpCode.Multi:
                ReadMulti(ref reader, request);
                break;
            case OpCode.GetData:
                request.ReadValue = Frames.Value(reader.ReadBuffer());
                request.Result = request.Result with { Stat = NodeStat.Read(ref reader) };
                break;
            case OpCode.GetChildren or OpCode.GetChildren2:
                ReadChildren(ref reader, request);
                break;
            default:
                request.Result = ReadPart(ref reader, request.Type);
                break;
        }

        if (reader.Remaining != 0)
        {
            throw new PropertyViolatedException("reply format", $"{reader.Remaining} bytes too many in the reply to {request}");
        }
    }

    private static void ReadChildren(ref JuteReader reader, ClientRequest request)
    {
        var children = new List<string>();
        for (var left = reader.ReadCount(4); left > 0; left--)
        {
            children.Add(reader.ReadString());
        }

        children.Sort(StringComparer.Ordinal);
        request.Children = children;
        if (request.Type == OpCode.GetChildren2)
        {
            request.Result = request.Result with { Stat = NodeStat.Read(ref reader) };
        }
    }

    private static void ReadMulti(ref JuteReader reader, ClientRequest request)
    {
        var results = new List<PartResult>();
        while (true)
        {
            var type = (OpCode)reader.ReadInt();
            var done = reader.ReadBool();
            var error = (ErrorCode)reader.ReadInt();
            if (done)
            {
                break;
            }

            if (type == OpCode.Error)
            {
                results.Add(new PartResult(OpCode.Error, (ErrorCode)reader.ReadInt(), null, null));
            }
            else
            {
                results.Add(ReadPart(ref reader, type) with { Error = error });
            }
        }

        request.PartResults = results;
        if (results.Any(r => r.Type == OpCode.Error))
        {
            request.Outcome = Outcome.Refused;
        }
    }

    private static PartResult ReadPart(ref JuteReader reader, OpCode type) => type switch
    {
        OpCode.Create => new PartResult(type, ErrorCode.Ok, reader.ReadString(), null),
        OpCode.Create2 or OpCode.CreateContainer => new PartResult(type, ErrorCode.Ok, reader.ReadString(), NodeStat.Read(ref reader)),
        OpCode.SetData or OpCode.Exists => new PartResult(type, ErrorCode.Ok, null, NodeStat.Read(ref reader)),
        OpCode.Sync => new PartResult(type, ErrorCode.Ok, reader.ReadString(), null),
        OpCode.Delete or OpCode.Check or OpCode.CloseSession => new PartResult(type, ErrorCode.Ok, null, null),
        _ => throw new PropertyViolatedException("reply format", $"a result of type {type}"),
    };
}
