using GrainKeeper.Storage.Files;

namespace GrainKeeper.Storage.Log;

/// <summary>
/// The next segment's file, filled with zeros in the background: a flush into blocks that exist already needs no change of metadata, and filling
/// at the change of segments would stall every writer.
/// </summary>
internal sealed class SpareSegment(IFileSystem files, string directory) : IDisposable
{
    private const int ChunkSize = 256 * 1024;
    private const int FlushEvery = 4 * 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly string _path = Path.Combine(directory, FileNames.SpareSegment);
    private IStorageFile? _ready;
    private bool _preparing;
    private bool _disposed;
    private bool _full;

    /// <summary>Claims the right to prepare the next file. False when one is ready or on its way.</summary>
    public bool TryBegin()
    {
        lock (_gate)
        {
            if (_preparing || _disposed || _full || _ready is not null)
            {
                return false;
            }

            return _preparing = true;
        }
    }

    /// <summary>Fills a file. Called after <see cref="TryBegin"/>, by a background thread.</summary>
    public void Prepare(int size)
    {
        IStorageFile? file = null;
        try
        {
            file = files.Create(_path);
            var zeros = new byte[Math.Min(ChunkSize, size)];
            for (long offset = 0; offset < size && !_disposed; offset += zeros.Length)
            {
                file.Write(offset, zeros.AsSpan(0, (int)Math.Min(zeros.Length, size - offset)));

                // Small portions, or the log's own flushes would queue behind one large one.
                if ((offset + zeros.Length) % FlushEvery == 0)
                {
                    file.FlushData();
                }
            }

            file.Flush();
        }
        catch (DiskFullException)
        {
            // What is left belongs to the log, which would end the server for want of it: no second try.
            file?.Dispose();
            files.Delete(_path);
            lock (_gate)
            {
                _preparing = false;
                _full = true;
            }

            throw;
        }
        catch
        {
            file?.Dispose();
            lock (_gate)
            {
                _preparing = false;
            }

            throw;
        }

        lock (_gate)
        {
            _preparing = false;
            if (_disposed)
            {
                file.Dispose();
            }
            else
            {
                _ready = file;
            }
        }
    }

    /// <summary>Hands the file over, when one is ready.</summary>
    public IStorageFile? Take()
    {
        lock (_gate)
        {
            var file = _ready;
            _ready = null;
            return file;
        }
    }

    /// <summary>Closes it. The file itself is removed at the next start.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _ready?.Dispose();
            _ready = null;
        }
    }
}
