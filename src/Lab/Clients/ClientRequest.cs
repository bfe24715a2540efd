using System.Buffers;
using System.Text;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Lab.Clients;

/// <summary>Something that a client asks of its server.</summary>
/// <param name="Type">create2, setData, getData, delete or sync.</param>
/// <param name="Path">The node.</param>
/// <param name="Data">The data, for create and set.</param>
internal sealed record ClientRequest(OpCode Type, string Path, string Data)
{
    internal string Label => $"{Ensemble.Wording.Name(Type)} {Path}" + (Type is OpCode.Create2 or OpCode.SetData ? $" = {Data}" : string.Empty);

    /// <summary>The request as a frame without its length.</summary>
    internal ReadOnlyMemory<byte> ToFrame(int xid)
    {
        var frame = new ArrayBufferWriter<byte>(128);
        var writer = new JuteWriter(frame);
        new RequestHeader(xid, Type).Write(writer);
        var path = Encoding.UTF8.GetBytes(Path);
        var data = Encoding.UTF8.GetBytes(Data);
        switch (Type)
        {
            case OpCode.Create2:
                new CreateRequest(path, data, dataIsNull: false, AclJute.ToVector(AclList.Open), (int)CreateMode.Persistent).Write(writer, Type);
                break;
            case OpCode.SetData:
                new SetDataRequest(path, data, dataIsNull: false, version: -1).Write(writer);
                break;
            case OpCode.Delete:
                new PathVersionRequest(path, version: -1).Write(writer);
                break;
            case OpCode.GetData:
                new PathWatchRequest(path, watch: false).Write(writer);
                break;
            case OpCode.Sync:
                new PathRecord(path).Write(writer);
                break;
            default:
                throw new InvalidOperationException($"a laboratory's client does not send {Type}");
        }

        return frame.WrittenMemory;
    }
}
