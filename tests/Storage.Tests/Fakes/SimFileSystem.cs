using GrainKeeper.Storage;
using GrainKeeper.Storage.Files;

namespace GrainKeeper.Storage.Tests.Fakes;

/// <summary>
/// A file system in memory that knows what is durable. A crash keeps the durable part and any subset of the rest: sectors of unflushed
/// writes, directory entries. One call can be made to fail, or to be the moment of the crash.
/// </summary>
internal sealed class SimFileSystem : IFileSystem
{
    private readonly object _gate = new();
    private readonly Dictionary<string, SimInode> _durable;
    private readonly Dictionary<string, SimInode> _current;
    private readonly List<DirectoryChange> _changes = [];
    private readonly HashSet<string> _locked = [];
    private SimFault? _fault;
    private bool _crashed;

    public SimFileSystem()
        : this([])
    {
    }

    private SimFileSystem(Dictionary<string, SimInode> files)
    {
        _durable = new(files);
        _current = new(files);
    }

    private delegate void DirectoryChange(Dictionary<string, SimInode> names);

    /// <summary>Calls so far; those that only read count when the fault says so.</summary>
    public int Calls { get; private set; }

    public List<string> Trace { get; } = [];

    public bool FaultHit { get; private set; }

    /// <summary>Makes the n-th call from now on (from 1) fail.</summary>
    public void Arm(SimFault fault)
    {
        lock (_gate)
        {
            Calls = 0;
            Trace.Clear();
            FaultHit = false;
            _fault = fault;
        }
    }

    /// <summary>Waits until a call was made since the file system was armed, as <see cref="Trace"/> shows it without its number.</summary>
    public void WaitFor(string call)
    {
        lock (_gate)
        {
            for (var until = Environment.TickCount64 + 30_000; !Trace.Any(t => t.EndsWith(" " + call, StringComparison.Ordinal)); Monitor.Wait(_gate, 10))
            {
                Assert.True(Environment.TickCount64 < until, $"no {call}: {string.Join(", ", Trace)}");
            }
        }
    }

    /// <summary>The process was killed, the machine lives: what was written is in the cache, locks are gone.</summary>
    public void KillProcess()
    {
        lock (_gate)
        {
            _fault = null;
            _crashed = false;
            _locked.Clear();
        }
    }

    /// <summary>The machine lost its power: what may be on the disk afterwards.</summary>
    public SimFileSystem LosePower(Random random)
    {
        lock (_gate)
        {
            var names = new Dictionary<string, SimInode>(_durable);
            var mode = random.Next(4);
            var prefix = random.Next(_changes.Count + 1);
            for (var i = 0; i < _changes.Count; i++)
            {
                if (mode switch { 0 => false, 1 => true, 2 => i < prefix, _ => random.Next(2) == 0 })
                {
                    _changes[i](names);
                }
            }

            return new SimFileSystem(names.ToDictionary(p => p.Key, p => p.Value.AfterPowerLoss(random)));
        }
    }

    public byte[] ReadAll(string path)
    {
        lock (_gate)
        {
            return _current[path].Content.ToArray();
        }
    }

    /// <summary>Changes a file behind storage's back, durably.</summary>
    public void Overwrite(string path, byte[] content)
    {
        lock (_gate)
        {
            _current[path] = _durable[path] = new SimInode(content);
        }
    }

    public void FlipBit(string path, long offset, int bit = 0)
    {
        var content = ReadAll(path);
        content[offset] ^= (byte)(1 << bit);
        Overwrite(path, content);
    }

    public void Remove(string path)
    {
        lock (_gate)
        {
            _current.Remove(path);
            _durable.Remove(path);
        }
    }

    public void CreateDirectory(string path)
    {
    }

    public bool DirectoryExists(string path) => true;

    public bool FileExists(string path)
    {
        lock (_gate)
        {
            Call("exists", path, changes: false);
            return _current.ContainsKey(path);
        }
    }

    public IReadOnlyList<string> List(string directory)
    {
        lock (_gate)
        {
            Call("list", directory, changes: false);
            return [.. _current.Keys.Select(p => Path.GetFileName(p)!).Order(StringComparer.Ordinal)];
        }
    }

    public IStorageFile Create(string path)
    {
        lock (_gate)
        {
            Call("create", path);
            var inode = new SimInode([]);
            Change(names => names[path] = inode);
            return new SimFile(this, inode, path);
        }
    }

    public IStorageFile OpenRead(string path) => Open(path);

    public IStorageFile OpenWrite(string path) => Open(path);

    public void Rename(string from, string to)
    {
        lock (_gate)
        {
            Call("rename", from);
            var inode = _current[from];
            Change(names =>
            {
                if (names.GetValueOrDefault(from) == inode)
                {
                    names.Remove(from);
                }

                names[to] = inode;
            });
        }
    }

    public void Delete(string path)
    {
        lock (_gate)
        {
            Call("delete", path);
            if (_current.TryGetValue(path, out var inode))
            {
                Change(names =>
                {
                    if (names.GetValueOrDefault(path) == inode)
                    {
                        names.Remove(path);
                    }
                });
            }
        }
    }

    public void FlushDirectory(string path)
    {
        lock (_gate)
        {
            Call("flush directory", path);
            _durable.Clear();
            foreach (var (name, inode) in _current)
            {
                _durable[name] = inode;
            }

            _changes.Clear();
        }
    }

    public IDisposable Lock(string directory)
    {
        lock (_gate)
        {
            return _locked.Add(directory) ? new SimLock(this, directory) : throw new DirectoryInUseException(directory, 4711);
        }
    }

    /// <summary>Runs an operation of a file under the lock, unless the fault strikes.</summary>
    internal T OnFile<T>(string what, string path, bool changes, Func<T> run, Action<bool>? partly = null)
    {
        lock (_gate)
        {
            Call(what, path, changes, partly);
            return run();
        }
    }

    private SimFile Open(string path)
    {
        lock (_gate)
        {
            Call("open", path, changes: false);
            return _current.TryGetValue(path, out var inode)
                ? new SimFile(this, inode, path)
                : throw new StorageException($"cannot open {path}: no such file");
        }
    }

    private void Change(DirectoryChange change)
    {
        change(_current);
        _changes.Add(change);
    }

    private void Call(string what, string path, bool changes = true, Action<bool>? partly = null)
    {
        if (_crashed)
        {
            throw new SimulatedCrashException();
        }

        if (_fault is null || (!changes && !_fault.CountReads))
        {
            return;
        }

        Calls++;
        Trace.Add($"{Calls} {what} {Path.GetFileName(path)}");
        if (Calls != _fault.AtCall)
        {
            return;
        }

        FaultHit = true;
        if (_fault.Error is not { } error)
        {
            _crashed = true;
            partly?.Invoke(true);
            throw new SimulatedCrashException();
        }

        partly?.Invoke(false);
        var message = $"cannot {what} {path}: {error}";
        throw error == SimFault.NoSpace ? new DiskFullException(message) : new StorageException(message);
    }

    private sealed class SimLock(SimFileSystem owner, string directory) : IDisposable
    {
        public void Dispose()
        {
            lock (owner._gate)
            {
                owner._locked.Remove(directory);
            }
        }
    }
}
