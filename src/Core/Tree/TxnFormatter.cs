using System.Globalization;
using System.Text;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.Core.Tree;

/// <summary>One line of text for each transaction, for dumps of the log. Data shows as its length only: it may be secret.</summary>
public static class TxnFormatter
{
    /// <summary>Describes a transaction; never throws: a damaged one is described as such.</summary>
    public static string Describe(ReadOnlySpan<byte> payload)
    {
        var text = new StringBuilder(128);
        try
        {
            var reader = new TxnReader(payload);
            var header = reader.Header;
            text.Append(CultureInfo.InvariantCulture, $"{Time(header.Time)} session 0x{header.SessionId:x} cxid {header.Cxid} {Name(header.Type)}");
            var multi = TxnWriter.IsList(header.Type);
            text.Append(multi ? " [" : string.Empty);
            for (var first = true; reader.MoveNext(out var operation); first = false)
            {
                if (multi)
                {
                    text.Append(first ? string.Empty : "; ").Append(Name(operation.Type));
                }

                Describe(text, operation);
            }

            text.Append(multi ? "]" : string.Empty);
        }
        catch (FormatException e)
        {
            text.Append(" DAMAGED: ").Append(e.Message);
        }

        // Whatever a client put into a path or an ACL must not break the line.
        for (var i = 0; i < text.Length; i++)
        {
            text[i] = char.IsControl(text[i]) ? '?' : text[i];
        }

        return text.ToString();
    }

    private static void Describe(StringBuilder text, in TxnOperation operation)
    {
        switch (operation.Type)
        {
            case OpCode.Create or OpCode.Create2 or OpCode.CreateContainer or OpCode.CreateTtl:
                Path(text, operation.Path);
                text.Append(' ').Append(Data(operation)).Append(Kind(operation));
                text.Append(CultureInfo.InvariantCulture, $" acl {AclList.Decode(operation.Acl)} parent cversion {operation.ParentCVersion}");
                break;
            case OpCode.SetData or OpCode.Reconfig:
                Path(text, operation.Path);
                text.Append(CultureInfo.InvariantCulture, $" {Data(operation)} version {operation.Version}");
                break;
            case OpCode.SetAcl:
                Path(text, operation.Path);
                text.Append(CultureInfo.InvariantCulture, $" acl {AclList.Decode(operation.Acl)} version {operation.Version}");
                break;
            case OpCode.Check:
                Path(text, operation.Path);
                text.Append(CultureInfo.InvariantCulture, $" version {operation.Version}");
                break;
            case OpCode.CreateSession:
                text.Append(CultureInfo.InvariantCulture, $" timeout {operation.Timeout} ms");
                text.Append(operation.KeptResults > 0 ? string.Create(CultureInfo.InvariantCulture, $" keeps {operation.KeptResults} answers") : string.Empty);
                break;
            case OpCode.CloseSession:
                foreach (var path in operation.Paths)
                {
                    Path(text, path);
                }

                break;
            case OpCode.CommitRecord:
                var entry = CommitLogCodec.Decode(operation.Data.ToArray());
                text.Append(CultureInfo.InvariantCulture, $" {entry.Id} {entry.Owner} {entry.Record.Describe()}");
                break;
            case OpCode.CommitForget or OpCode.CommitFinish:
                text.Append(CultureInfo.InvariantCulture, $" {CommitLogCodec.DecodeKey(operation.Data.ToArray())}");
                break;
            case OpCode.CommitBarrier:
                break;
            case OpCode.Error:
                text.Append(' ').Append(operation.Error);
                break;
            default:
                Path(text, operation.Path);
                break;
        }
    }

    private static string Time(long milliseconds) =>
        milliseconds is >= 0 and < 253_402_300_800_000
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)
            : milliseconds.ToString(CultureInfo.InvariantCulture) + " ms";

    private static string Name(OpCode type)
    {
        var name = type.ToString();
        return char.ToLowerInvariant(name[0]) + name[1..];
    }

    private static string Data(in TxnOperation operation) =>
        operation.DataIsNull ? "no data" : string.Create(CultureInfo.InvariantCulture, $"{operation.Data.Length} B");

    private static string Kind(in TxnOperation operation) => operation.Kind switch
    {
        NodeKind.Persistent => string.Empty,
        NodeKind.Ephemeral => string.Create(CultureInfo.InvariantCulture, $" ephemeral of 0x{operation.Lifetime:x}"),
        NodeKind.Container => " container",
        NodeKind.Ttl => string.Create(CultureInfo.InvariantCulture, $" ttl {operation.Lifetime} ms"),
        _ => throw new InvariantViolationException($"unknown node kind {(int)operation.Kind}"),
    };

    private static void Path(StringBuilder text, ReadOnlySpan<byte> path) => text.Append(' ').Append(Encoding.UTF8.GetString(path));
}
