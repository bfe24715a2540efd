using GrainKeeper.Core.Jute;

namespace GrainKeeper.Core.Requests;

/// <summary>CreateRequest and CreateTTLRequest, read in place.</summary>
internal readonly ref struct CreateRecord
{
    public CreateRecord(OpCode type, ReadOnlyMemory<byte> body, ref JuteReader reader)
    {
        Path = RequestRecords.ReadPath(body, ref reader);
        Data = reader.ReadBuffer(out var isNull);
        DataIsNull = isNull;
        Acl = AclResolver.Skip(body.Span, ref reader);
        Flags = reader.ReadInt();
        Ttl = type == OpCode.CreateTtl ? reader.ReadLong() : -1;
    }

    public ReadOnlyMemory<byte> Path { get; }

    public ReadOnlySpan<byte> Data { get; }

    public bool DataIsNull { get; }

    public ReadOnlySpan<byte> Acl { get; }

    public int Flags { get; }

    public long Ttl { get; }
}
