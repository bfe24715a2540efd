using System.Text;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Storage;
using GrainKeeper.Storage.Files;

namespace GrainKeeper.Grains.Ensembles;

/// <summary>
/// The servers of the ensemble as this server knows them: those of its files, until it learns of a committed reconfiguration, from its own replica or from a peer. The newest
/// version wins and is kept in a file, so that the peers are found again after a restart. Thread-safe.
/// </summary>
public sealed class EnsembleDirectory
{
    /// <summary>The name of the file of the last reconfiguration.</summary>
    public const string FileName = "ensemble.dynamic";

    private readonly Lock _gate = new();
    private readonly string? _directory;
    private volatile View _view;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Makes one.</summary>
    /// <param name="servers">The servers of the files; empty when only ids and roles are known.</param>
    /// <param name="quorum">The quorum rules of the files.</param>
    /// <param name="directory">Where the file of the last reconfiguration is kept, which is read now; null to keep none.</param>
    /// <exception cref="FormatException">The file cannot be understood; the message names it and the remedy.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public EnsembleDirectory(IReadOnlyList<ServerEntry> servers, QuorumConfiguration quorum, string? directory)
    {
        _directory = directory;
        _view = new View(new MembershipList(Zxid.Zero, servers), quorum, default);
        if (directory is not null && Path.Combine(directory, FileName) is var file && File.Exists(file))
        {
            _view = Read(file);
        }
    }

    /// <summary>Another reconfiguration is in force. Handlers return at once and do not throw.</summary>
    public event Action? Changed;

    /// <summary>The servers; version <see cref="Zxid.Zero"/> while the files count.</summary>
    public MembershipList List => _view.List;

    /// <summary>The quorum rules.</summary>
    public QuorumConfiguration Quorum => _view.Quorum;

    /// <summary>The list of the last reconfiguration as <c>/zookeeper/config</c> holds it; empty while the files count.</summary>
    public ReadOnlyMemory<byte> Text => _view.Text;

    /// <summary>Completes with the next change.</summary>
    public Task NextChange
    {
        get
        {
            lock (_gate)
            {
                return _changed.Task;
            }
        }
    }

    /// <summary>Takes over a committed reconfiguration unless it is older than what is known; it is on disk when this returns.</summary>
    /// <exception cref="FormatException">The server list cannot be understood.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Learn(Membership membership)
    {
        ArgumentNullException.ThrowIfNull(membership);
        TaskCompletionSource changed;
        lock (_gate)
        {
            if (membership.Quorum.Version <= _view.Quorum.Version)
            {
                return;
            }

            var text = Encoding.UTF8.GetString(membership.Text.Span);
            var list = MembershipText.Parse(text);
            if (_directory is not null)
            {
                SmallFile.Replace(DiskFileSystem.Instance, _directory, FileName, text + "\n");
            }

            _view = new View(list, membership.Quorum, membership.Text);
            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.SetResult();
        Changed?.Invoke();
    }

    private static View Read(string file)
    {
        try
        {
            var membership = new FileInfo(file).Length <= 2 * MembershipText.MaxBytes
                ? Membership.Parse(File.ReadAllText(file).TrimEnd('\n'))
                : throw new FormatException("it is too long");
            return new View(MembershipText.Parse(Encoding.UTF8.GetString(membership.Text.Span)), membership.Quorum, membership.Text);
        }
        catch (FormatException e)
        {
            throw new FormatException(
                $"{file}, the server list of the last reconfiguration, is damaged: {e.Message}. Copy the file of another server of the ensemble here", e);
        }
    }

    private sealed record View(MembershipList List, QuorumConfiguration Quorum, ReadOnlyMemory<byte> Text);
}
