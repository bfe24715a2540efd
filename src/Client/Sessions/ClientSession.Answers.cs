using GrainKeeper.Client.Connections;
using GrainKeeper.Client.Errors;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.Client.Sessions;

/// <content>What comes from the server: answers in the order of their requests.</content>
internal sealed partial class ClientSession
{
    private void Take(Attachment attachment, ReadOnlyMemory<byte> frames)
    {
        while (FrameWriter.TryRead(ref frames, out var frame))
        {
            var reader = new JuteReader(frame.Span);
            var header = ReplyHeader.Read(ref reader);
            if (header.Xid == ReservedXid.Notification)
            {
                // Not noted: other watches may have to be told of the same transaction yet.
                Notify(ref reader, header.Zxid);
                continue;
            }

            if (!attachment.WithoutQuorum)
            {
                Note(header.Zxid);
            }

            switch (header.Xid)
            {
                case ReservedXid.Auth:
                    _identities.Answered(header.Error);
                    break;
                case ReservedXid.Ping or ReservedXid.SetWatches:
                    break;
                case var _ when header.Error == ErrorCode.SessionMoved && _requests.SendsAgain:
                    // An attempt that was given up has reached another server after all. Nothing was done: attached anew, it all goes there again.
                    throw new ServerConnectionException("the session has been attached to another server");
                default:
                    var source = new ReadSource(attachment.Connection.Server, header.Zxid, attachment.WithoutQuorum);
                    Answered(_requests.Answered(header.Xid), header.Error, source, frame.Span[ReplyHeader.Size..]);
                    break;
            }
        }
    }

    private void Answered(PendingRequest request, ErrorCode error, ReadSource source, ReadOnlySpan<byte> body)
    {
        if (error == ErrorCode.SessionExpired && request is { IsWrite: true, Sends: > 1 })
        {
            // The refusal is of the last time that it was sent only.
            request.Fail(Unknown(request, GrainKeeperException.Of(error, request.Type.ToString(), request.Path)));
            return;
        }

        request.Complete(error, source, body);
    }

    private OutcomeUnknownException Unknown(PendingRequest request, Exception reason) => new(
        $"the session ended before {request.Type} {request.Path} was answered, request {request.Xid} of session 0x{Id:x}: it was carried out once or not at all. If it was, its zxid is above 0x{LastZxid:x} ({reason.Message})",
        request.Type,
        request.Path,
        Id,
        request.Xid,
        LastZxid,
        reason);

    private void Note(long zxid)
    {
        if (zxid > LastZxid)
        {
            Interlocked.Exchange(ref _lastZxid, zxid);
        }
    }
}
