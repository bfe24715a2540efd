using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Core.Requests;

/// <content>Several operations at once: multis, and what a tree does in an atomic commit.</content>
internal sealed partial class RequestPreparer
{
    /// <summary>A request fails as a whole, before it was looked at: it uses up a zxid as every failed one.</summary>
    /// <param name="request">The request, well-formed.</param>
    /// <param name="code">Why.</param>
    /// <param name="part">Of a multi, which operation is to blame.</param>
    /// <param name="wall">Milliseconds since the Unix epoch.</param>
    public ReadOnlyMemory<byte> Refuse(in WriteRequest request, ErrorCode code, int part, long wall)
    {
        _scratch.Clear();
        var writer = new TxnWriter(_scratch);
        if (request.Type == OpCode.Multi)
        {
            writer.Begin(HeaderOf(request, OpCode.Multi, wall));
            var reader = new JuteReader(request.Body.Span);
            for (var i = 0; MultiHeader.Read(ref reader) is { Done: false, Type: var type }; i++)
            {
                RequestRecords.Skip(type, ref reader);
                writer.Error(ErrorOf(i, part, code));
            }
        }
        else
        {
            writer.Begin(HeaderOf(request, OpCode.Error, wall));
            writer.Error(code);
        }

        writer.End();
        return _slabs.Copy(_scratch.Written);
    }

    /// <summary>A request fails of which only the header is there.</summary>
    /// <param name="request">The request.</param>
    /// <param name="code">Why.</param>
    /// <param name="wall">Milliseconds since the Unix epoch.</param>
    public ReadOnlyMemory<byte> RefuseUnread(in WriteRequest request, ErrorCode code, long wall)
    {
        _scratch.Clear();
        var writer = new TxnWriter(_scratch);
        writer.Begin(HeaderOf(request, OpCode.Error, wall));
        writer.Error(code);
        writer.End();
        return _slabs.Copy(_scratch.Written);
    }

    /// <summary>Tries the operations of a transaction as a multi; nothing is changed.</summary>
    /// <param name="request">The operations as a multi of no session.</param>
    /// <param name="zxid">Any zxid.</param>
    /// <param name="wall">Milliseconds since the Unix epoch.</param>
    /// <param name="part">Which operation fails.</param>
    /// <returns>Why; <see cref="ErrorCode.Ok"/> when all succeed.</returns>
    public ErrorCode Try(in WriteRequest request, Zxid zxid, long wall, out int part)
    {
        _scratch.Clear();
        var reader = new JuteReader(request.Body.Span);
        part = -1;
        try
        {
            return RunList(request, ref reader, new TxnWriter(_scratch), zxid, wall, keep: false, out part, out _);
        }
        catch (JuteFormatException)
        {
            return ErrorCode.MarshallingError;
        }
    }

    /// <summary>The transaction that carries out what was prepared, or frees it.</summary>
    /// <param name="key">Whose part in which transaction, encoded.</param>
    /// <param name="request">The operations, which were tried and whose paths were locked since; null when they are given up.</param>
    /// <param name="zxid">The zxid that the transaction will have.</param>
    /// <param name="wall">Milliseconds since the Unix epoch.</param>
    public ReadOnlyMemory<byte> Finish(ReadOnlySpan<byte> key, in WriteRequest? request, Zxid zxid, long wall)
    {
        _scratch.Clear();
        var writer = new TxnWriter(_scratch);
        writer.Begin(new TxnHeader(0, 0, wall, OpCode.CommitFinish));
        writer.CommitFinish(key);
        if (request is { } operations)
        {
            var reader = new JuteReader(operations.Body.Span);
            var code = RunList(operations, ref reader, writer, zxid, wall, keep: true, out var part, out _);
            Invariant.That(code == ErrorCode.Ok, $"operation {part} of a prepared transaction fails with {code}, although its paths were locked");
        }

        writer.End();
        return _slabs.Copy(_scratch.Written);
    }

    private ErrorCode Multi(in WriteRequest request, ref JuteReader reader, TxnWriter writer, Zxid zxid, long wall)
    {
        var start = _scratch.Length;
        var code = RunList(request, ref reader, writer, zxid, wall, keep: true, out var failed, out var total);
        if (code == ErrorCode.MarshallingError && failed < 0)
        {
            return code;
        }

        if (code != ErrorCode.Ok)
        {
            _scratch.CutTo(start);
            for (var i = 0; i < total; i++)
            {
                writer.Error(ErrorOf(i, failed, code));
            }
        }

        return ErrorCode.Ok;
    }

    /// <summary>Prepares operations one on top of the other.</summary>
    /// <returns>The first failure; what was noted as outstanding is then taken back, as when <paramref name="keep"/> is false.</returns>
    private ErrorCode RunList(
        in WriteRequest request, ref JuteReader reader, TxnWriter writer, Zxid zxid, long wall, bool keep, out int failed, out int total)
    {
        total = 0;
        failed = -1;
        var code = ErrorCode.Ok;
        var wellFormed = false;
        changes.BeginMulti();
        try
        {
            while (MultiHeader.Read(ref reader) is { Done: false, Type: var type })
            {
                if (!RequestRecords.IsMultiPart(type))
                {
                    failed = -1;
                    return ErrorCode.MarshallingError;
                }

                if (code == ErrorCode.Ok)
                {
                    code = Operation(type, request, ref reader, writer, zxid, wall);
                    if (code == ErrorCode.Ok && _scratch.Length > rules.MaxTxnBytes)
                    {
                        // ACLs can grow: "auth" stands for all identities of the client.
                        code = ErrorCode.BadArguments;
                    }

                    failed = code == ErrorCode.Ok ? -1 : total;
                }
                else
                {
                    RequestRecords.Skip(type, ref reader);
                }

                total++;
            }

            wellFormed = true;
        }
        finally
        {
            if (wellFormed && failed < 0 && keep)
            {
                changes.EndMulti();
            }
            else
            {
                changes.RollBackMulti();
            }
        }

        return code;
    }

    private static ErrorCode ErrorOf(int part, int failed, ErrorCode code) =>
        part < failed ? ErrorCode.Ok : part == failed ? code : ErrorCode.RuntimeInconsistency;
}
