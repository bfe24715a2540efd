using GrainKeeper.Core.Jute;

namespace GrainKeeper.Core.Tree;

/// <summary>
/// Decodes a transaction in place: <c>var reader = new TxnReader(payload); while (reader.MoveNext(out var operation)) …</c>.
/// The last <see cref="MoveNext"/> has checked that the transaction is complete and that nothing follows it.
/// </summary>
public ref struct TxnReader
{
    /// <summary>Most paths in one closeSession.</summary>
    public const int MaxPaths = 16 * 1024 * 1024;

    /// <summary>Most answers that a session keeps.</summary>
    public const int MaxKeptResults = 1_024;

    private CompactReader _reader;
    private int _read;

    /// <summary>Decodes the header.</summary>
    /// <exception cref="FormatException">The payload is no transaction.</exception>
    public TxnReader(ReadOnlySpan<byte> payload)
    {
        _reader = new CompactReader(payload);
        var format = _reader.Byte("transaction format");
        if (format is not (TxnWriter.Format or TxnWriter.CommitFormat or TxnWriter.ResultFormat))
        {
            throw new FormatException($"transaction format {format} is not known; this program reads formats {TxnWriter.Format} to {TxnWriter.ResultFormat}");
        }

        var type = (OpCode)(sbyte)_reader.Byte("transaction type");
        if (TxnWriter.IsOfCommit(type) != (format == TxnWriter.CommitFormat))
        {
            throw new FormatException($"a transaction of type {(int)type} is not of format {format}");
        }

        var session = _reader.Fixed64("session id");
        var cxid = _reader.Signed32("cxid");
        var time = _reader.Signed("time");
        Header = new TxnHeader(session, cxid, time, type, format == TxnWriter.ResultFormat);
    }

    /// <summary>Who asked, and when.</summary>
    public TxnHeader Header { get; }

    /// <summary>Decodes the next operation.</summary>
    /// <returns>False after the last.</returns>
    /// <exception cref="FormatException">The payload is damaged.</exception>
    public bool MoveNext(out TxnOperation operation)
    {
        operation = default;
        var type = (OpCode)(sbyte)_reader.Byte("operation type");
        if (type == 0)
        {
            if (_read == 0 && Header.Type != OpCode.Multi)
            {
                throw new FormatException($"a transaction of type {Header.Type} has no operation");
            }

            _reader.ExpectEnd("the transaction");
            return false;
        }

        if (++_read > 1 && !TxnWriter.IsList(Header.Type))
        {
            throw new FormatException($"a transaction of type {Header.Type} has more than one operation");
        }

        if (Header.Type == OpCode.CommitFinish && (type == OpCode.CommitFinish) != (_read == 1))
        {
            throw new FormatException($"operation {_read} of a transaction of type {Header.Type} is {(int)type}");
        }

        operation.Type = type;
        switch (type)
        {
            case OpCode.Create or OpCode.Create2 or OpCode.CreateContainer or OpCode.CreateTtl:
                operation = ReadCreate(type);
                break;
            case OpCode.Delete or OpCode.DeleteContainer:
                operation.Path = ReadPath();
                break;
            case OpCode.SetData or OpCode.Reconfig:
                operation.Path = ReadPath();
                operation.Data = _reader.NullableBytes("data", out var isNull);
                operation.DataIsNull = isNull;
                operation.Version = _reader.Signed32("version");
                break;
            case OpCode.SetAcl:
                operation.Path = ReadPath();
                operation.Acl = ReadAcl();
                operation.Version = _reader.Signed32("ACL version");
                break;
            case OpCode.Check:
                operation.Path = ReadPath();
                operation.Version = _reader.Signed32("version");
                break;
            case OpCode.CreateSession:
                operation.Timeout = _reader.Signed32("timeout");
                operation.KeptResults = Header.KeepsResult ? ReadKeptResults() : 0;
                break;
            case OpCode.CloseSession:
                operation = ReadCloseSession();
                break;
            case OpCode.CommitRecord or OpCode.CommitForget or OpCode.CommitFinish when type == Header.Type:
                operation.Data = _reader.Bytes("atomic commit");
                break;
            case OpCode.CommitBarrier when type == Header.Type:
                break;
            case OpCode.Error:
                operation.Error = (ErrorCode)_reader.Signed32("error code");
                break;
            default:
                throw new FormatException($"operation type {(int)type} before offset {_reader.Position} is not known");
        }

        return true;
    }

    /// <summary>Decodes everything and throws it away.</summary>
    /// <exception cref="FormatException">The payload is damaged.</exception>
    public static void Validate(ReadOnlySpan<byte> payload)
    {
        var reader = new TxnReader(payload);
        while (reader.MoveNext(out _))
        {
        }
    }

    private int ReadKeptResults()
    {
        var count = _reader.Unsigned32("number of answers kept");
        return count is >= 1 and <= MaxKeptResults ? (int)count : throw new FormatException($"a session cannot keep {count} answers; 1 to {MaxKeptResults} are possible");
    }

    private ReadOnlySpan<byte> ReadPath()
    {
        var path = _reader.Bytes("path");
        if (path.IsEmpty || path[0] != (byte)'/')
        {
            throw new FormatException($"path before offset {_reader.Position} does not begin with a slash");
        }

        return path.Length == 1 || path[^1] != (byte)'/'
            ? path
            : throw new FormatException($"path before offset {_reader.Position} ends with a slash");
    }

    private ReadOnlySpan<byte> ReadAcl()
    {
        var acl = _reader.Bytes("ACL");
        AclList.CheckEncoded(acl);
        return acl;
    }

    private TxnOperation ReadCreate(OpCode type)
    {
        var operation = new TxnOperation { Type = type, Path = ReadPath(), Data = _reader.NullableBytes("data", out var isNull) };
        operation.DataIsNull = isNull;
        operation.Acl = ReadAcl();
        var kind = (NodeKind)_reader.Byte("node kind");
        if (kind > NodeKind.Ttl)
        {
            throw new FormatException($"node kind {(int)kind} before offset {_reader.Position} is not known");
        }

        operation.Kind = kind;
        operation.Lifetime = kind is NodeKind.Ephemeral or NodeKind.Ttl ? _reader.Fixed64("owner or time to live") : 0;
        operation.ParentCVersion = _reader.Signed32("parent cversion");
        return operation;
    }

    private TxnOperation ReadCloseSession()
    {
        var count = _reader.Count(smallest: 2, MaxPaths, "paths");
        var rest = _reader;
        for (var i = 0; i < count; i++)
        {
            ReadPath();
        }

        var paths = new PathList(count, rest.Raw(_reader.Position - rest.Position, "paths"));
        return new TxnOperation { Type = OpCode.CloseSession, Paths = paths };
    }
}
