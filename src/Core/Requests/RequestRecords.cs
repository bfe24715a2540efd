using GrainKeeper.Core.Jute;

namespace GrainKeeper.Core.Requests;

/// <summary>The structure of write requests on the wire.</summary>
internal static class RequestRecords
{
    /// <summary>Whether a change can only be made by the leader.</summary>
    public static bool IsWrite(OpCode type) => type is OpCode.Create or OpCode.Create2 or OpCode.CreateContainer or OpCode.CreateTtl
        or OpCode.Delete or OpCode.SetData or OpCode.SetAcl or OpCode.Multi or OpCode.Reconfig;

    /// <summary>Whether an operation may be part of a multi.</summary>
    public static bool IsMultiPart(OpCode type) => type is OpCode.Create or OpCode.Create2 or OpCode.CreateContainer or OpCode.CreateTtl
        or OpCode.Delete or OpCode.SetData or OpCode.Check;

    /// <summary>Reads through one operation's record.</summary>
    public static void Skip(OpCode type, ref JuteReader reader)
    {
        switch (type)
        {
            case OpCode.Create or OpCode.Create2 or OpCode.CreateContainer or OpCode.CreateTtl:
                CreateRequest.Read(ref reader, type);
                break;
            case OpCode.Delete or OpCode.Check:
                PathVersionRequest.Read(ref reader);
                break;
            case OpCode.SetData:
                SetDataRequest.Read(ref reader);
                break;
            case OpCode.SetAcl:
                SetAclRequest.Read(ref reader);
                break;
            case OpCode.Reconfig:
                ReconfigRequest.Read(ref reader);
                break;
            default:
                throw new JuteFormatException($"operation {(int)type} is no write");
        }
    }
}
