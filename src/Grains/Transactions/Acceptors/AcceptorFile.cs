using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Grains.Pumping;
using GrainKeeper.Storage;
using GrainKeeper.Storage.Files;

namespace GrainKeeper.Grains.Transactions.Acceptors;

/// <summary>
/// A file of an acceptor's log. Frames: magic, length, number, checksum, then operations. A frame is written only when the one before it is durable, so after a crash only the last one can be torn: a bad frame
/// with a sound one of a later number behind it was durable and is damaged.
/// </summary>
internal sealed class AcceptorFile : IDisposable
{
    private const string Prefix = "acceptor-";
    private const string Suffix = ".log";
    private const uint Magic = 0x43414B47;
    private const int HeaderSize = 20;
    private const int MaxFrame = 64 * 1024 * 1024;
    private const int RewriteFrame = 1024 * 1024;
    private const string Remedy =
        "Do not edit the file. This acceptor's promises are lost, so the server must not take part in Paxos Commit as before: check the disk, and restore the directory; without it, wait until no transaction with this acceptor is in doubt, then move the directory away";

    private readonly IStorageFile _file;
    private readonly ByteBuffer _frame = new(4096);
    private readonly long _generation;
    private long _next;

    private AcceptorFile(IStorageFile file, long generation) => (_file, _generation) = (file, generation);

    private delegate void OnFrame(ReadOnlySpan<byte> payload, long number, long offset);

    /// <summary>Bytes written.</summary>
    public long Length { get; private set; }

    /// <summary>Opens the newest file of a directory, or makes the first, and reads it.</summary>
    /// <param name="files">The disk.</param>
    /// <param name="directory">The directory.</param>
    /// <param name="identity">Whose it must be.</param>
    /// <param name="apply">Takes each operation.</param>
    public static AcceptorFile Open(IFileSystem files, string directory, string identity, Func<AcceptorOperation, long> apply)
    {
        var newest = 0L;
        foreach (var name in files.List(directory))
        {
            if (name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(FileNames.TemporarySuffix, StringComparison.Ordinal))
            {
                files.Delete(Path.Combine(directory, name));
            }
            else if (GenerationOf(name) is { } generation)
            {
                newest = Math.Max(newest, generation);
            }
        }

        if (newest == 0)
        {
            return Create(files, directory, identity, 1, []);
        }

        DeleteOthers(files, directory, newest);
        var file = files.OpenWrite(PathOf(directory, newest));
        try
        {
            var opened = new AcceptorFile(file, newest);
            opened.Read(identity, apply);
            return opened;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Makes a new file of what is left, in the place of another.</summary>
    public static AcceptorFile Replace(IFileSystem files, string directory, string identity, AcceptorFile old, IEnumerable<AcceptorOperation> operations)
    {
        var replacement = Create(files, directory, identity, old._generation + 1, operations);
        old.Dispose();
        DeleteOthers(files, directory, replacement._generation);
        return replacement;
    }

    /// <summary>Appends operations as one frame and makes it durable.</summary>
    public void Write(IReadOnlyList<AcceptorOperation> operations)
    {
        if (operations.Count > 0)
        {
            WriteFrame(operations);
            _file.FlushData();
        }
    }

    public void Dispose() => _file.Dispose();

    private static AcceptorFile Create(IFileSystem files, string directory, string identity, long generation, IEnumerable<AcceptorOperation> operations)
    {
        var path = PathOf(directory, generation);
        var temporary = path + FileNames.TemporarySuffix;
        var file = files.Create(temporary);
        try
        {
            var created = new AcceptorFile(file, generation);
            created._frame.CutTo(0);
            created._frame.GetSpan(HeaderSize);
            created._frame.Advance(HeaderSize);
            created._frame.Append(Encoding.UTF8.GetBytes(identity));
            created.Append();
            var some = new List<AcceptorOperation>();
            var bytes = 0;
            foreach (var operation in operations)
            {
                some.Add(operation);
                bytes += operation.Entry?.Length ?? 0;
                if (bytes >= RewriteFrame)
                {
                    created.WriteFrame(some);
                    some.Clear();
                    bytes = 0;
                }
            }

            if (some.Count > 0)
            {
                created.WriteFrame(some);
            }

            file.Flush();
            files.Rename(temporary, path);
            files.FlushDirectory(directory);
            return created;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static void DeleteOthers(IFileSystem files, string directory, long newest)
    {
        foreach (var name in files.List(directory))
        {
            if (GenerationOf(name) is { } generation && generation != newest)
            {
                files.Delete(Path.Combine(directory, name));
            }
        }
    }

    private static string PathOf(string directory, long generation) =>
        Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{generation:x16}{Suffix}"));

    private static long? GenerationOf(string name) =>
        name.StartsWith(Prefix, StringComparison.Ordinal)
        && name.EndsWith(Suffix, StringComparison.Ordinal)
        && long.TryParse(name.AsSpan(Prefix.Length, name.Length - Prefix.Length - Suffix.Length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var generation)
        && generation > 0
            ? generation
            : null;

    private static uint ChecksumOf(uint length, long number, ReadOnlySpan<byte> payload) =>
        Crc32C.Finish(Crc32C.Add(Crc32C.Add(Crc32C.Add(Crc32C.Seed, length), (ulong)number), payload));

    private void WriteFrame(IReadOnlyList<AcceptorOperation> operations)
    {
        _frame.CutTo(0);
        _frame.GetSpan(HeaderSize);
        _frame.Advance(HeaderSize);
        foreach (var operation in operations)
        {
            var at = _frame.BeginLength();
            if (operation.Entry is { } entry)
            {
                _frame.Append([1]);
                _frame.Append(entry);
            }
            else
            {
                // A record of any kind carries the key; this one stands for all of its party.
                _frame.Append([2]);
                CommitLogCodec.Encode(_frame, new CommitLogEntry(operation.Key.Id, operation.Key.Party, new CommitRecord.End()));
            }

            _frame.EndLength(at);
        }

        Append();
    }

    private void Append()
    {
        var frame = _frame.Written.ToArray();
        var payload = frame.AsSpan(HeaderSize);
        BinaryPrimitives.WriteUInt32LittleEndian(frame, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(4), (uint)payload.Length);
        BinaryPrimitives.WriteInt64LittleEndian(frame.AsSpan(8), _next);
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(16), ChecksumOf((uint)payload.Length, _next, payload));
        _file.Write(Length, frame);
        Length += frame.Length;
        _next++;
    }

    private void Read(string identity, Func<AcceptorOperation, long> apply)
    {
        var bytes = new byte[checked((int)_file.Length)];
        if (_file.Read(0, bytes) != bytes.Length)
        {
            throw Corrupt(0, "it cannot be read to its end");
        }

        var at = 0;
        while (at < bytes.Length)
        {
            if (FrameAt(bytes, at) is not { } frame || frame.Number != _next)
            {
                CutTornTail(bytes, at);
                break;
            }

            var payload = bytes.AsMemory(at + HeaderSize, frame.Length);
            if (_next == 0)
            {
                var owner = Encoding.UTF8.GetString(payload.Span);
                if (owner != identity)
                {
                    throw new WrongDirectoryException($"the acceptor's log {_file.Path} belongs to {owner}, but this server is {identity}. Correct the server id, the cluster's name or dataDir");
                }
            }
            else
            {
                Apply(payload, at, apply);
            }

            _next++;
            at += HeaderSize + frame.Length;
        }

        if (_next == 0)
        {
            throw Corrupt(0, "its first frame is damaged, which was durable before the file got its name");
        }

        Length = at;
    }

    private void CutTornTail(byte[] bytes, int at)
    {
        for (var later = at + 1; later <= bytes.Length - HeaderSize; later++)
        {
            if (FrameAt(bytes, later) is { } frame && frame.Number >= _next)
            {
                throw Corrupt(at, $"frame {_next} is damaged, but frame {frame.Number} behind it is sound, so it was durable");
            }
        }

        _file.SetLength(at);
        _file.Flush();
    }

    private void Apply(ReadOnlyMemory<byte> payload, int offset, Func<AcceptorOperation, long> apply)
    {
        while (!payload.IsEmpty)
        {
            var length = payload.Length >= 4 ? BinaryPrimitives.ReadInt32BigEndian(payload.Span) : -1;
            if (length < 1 || length > payload.Length - 4)
            {
                throw Corrupt(offset, "an operation does not fit its frame");
            }

            var type = payload.Span[4];
            var entry = payload.Slice(5, length - 1).ToArray();
            CommitLogEntry decoded;
            try
            {
                decoded = CommitLogCodec.Decode(entry);
            }
            catch (FormatException e)
            {
                throw Corrupt(offset, e.Message);
            }

            apply(new AcceptorOperation(new PartyKey(decoded.Id, decoded.Owner), type switch
            {
                1 => entry,
                2 => null,
                _ => throw Corrupt(offset, $"operation {type} is unknown: a newer version has written it"),
            }));
            payload = payload[(4 + length)..];
        }
    }

    private static (int Length, long Number)? FrameAt(byte[] bytes, int at)
    {
        if (bytes.Length - at < HeaderSize || BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at)) != Magic)
        {
            return null;
        }

        var length = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 4));
        var number = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at + 8));
        if (length > MaxFrame || length > bytes.Length - at - HeaderSize || number < 0)
        {
            return null;
        }

        var checksum = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 16));
        return ChecksumOf(length, number, bytes.AsSpan(at + HeaderSize, (int)length)) == checksum ? ((int)length, number) : null;
    }

    private StorageCorruptException Corrupt(long offset, string what) => new(_file.Path, offset, what, Remedy);
}
