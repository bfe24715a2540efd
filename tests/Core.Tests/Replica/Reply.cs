using System.Text;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.Core.Tests.Replica;

/// <summary>One frame that a client received.</summary>
internal sealed record Reply(byte[] Frame)
{
    public ReplyHeader Header
    {
        get
        {
            var reader = new JuteReader(Frame);
            return ReplyHeader.Read(ref reader);
        }
    }

    public int Xid => Header.Xid;

    public long Zxid => Header.Zxid;

    public ErrorCode Error => Header.Error;

    public bool IsEvent => Xid == ReservedXid.Notification;

    public ReadOnlySpan<byte> Body => Frame.AsSpan(ReplyHeader.Size);

    /// <summary>The path of a create's answer.</summary>
    public string Path
    {
        get
        {
            var reader = new JuteReader(Body);
            return reader.ReadString();
        }
    }

    public Stat Stat
    {
        get
        {
            var reader = new JuteReader(Body);
            return Stat.Read(ref reader);
        }
    }

    /// <summary>Stat after a string: create2, getData.</summary>
    public Stat StatAfterString
    {
        get
        {
            var reader = new JuteReader(Body);
            reader.ReadBuffer();
            return Stat.Read(ref reader);
        }
    }

    public string Data => Path;

    public string[] Strings
    {
        get
        {
            var reader = new JuteReader(Body);
            var names = new List<string>();
            foreach (var name in StringVector.Read(ref reader))
            {
                names.Add(Encoding.UTF8.GetString(name));
            }

            names.Sort(StringComparer.Ordinal);
            return [.. names];
        }
    }

    /// <summary>Type and path of an event, for example <c>NodeCreated /a</c>.</summary>
    public string Event
    {
        get
        {
            var reader = new JuteReader(Body);
            var e = WatcherEvent.Read(ref reader);
            Assert.Equal(3, e.State);
            return $"{(Core.Watches.WatchEventType)e.Type} {Encoding.UTF8.GetString(e.Path)}";
        }
    }

    /// <summary>A multi's results: <c>Type</c> or <c>Error code</c>, one by one.</summary>
    public string[] Results
    {
        get
        {
            var reader = new JuteReader(Body);
            var results = new List<string>();
            while (MultiHeader.Read(ref reader) is { Done: false } header)
            {
                switch (header.Type)
                {
                    case OpCode.Error:
                        Assert.Equal((int)header.Error, reader.ReadInt());
                        results.Add($"Error {(int)header.Error}");
                        break;
                    case OpCode.Create:
                        results.Add("Create " + reader.ReadString());
                        break;
                    case OpCode.Create2:
                        results.Add("Create2 " + reader.ReadString());
                        Stat.Read(ref reader);
                        break;
                    case OpCode.SetData:
                        results.Add($"SetData v{Stat.Read(ref reader).Version}");
                        break;
                    case OpCode.GetData:
                        results.Add("GetData " + reader.ReadString());
                        Stat.Read(ref reader);
                        break;
                    case OpCode.GetChildren:
                        results.Add($"GetChildren {StringVector.Read(ref reader).Count}");
                        break;
                    default:
                        results.Add(header.Type.ToString());
                        break;
                }
            }

            Assert.Equal(0, reader.Remaining);
            return [.. results];
        }
    }

    /// <summary>For whole-outcome assertions: <c>xid:error</c>, or the event.</summary>
    public override string ToString() => IsEvent ? Event : $"{Xid}:{Error}";
}
