using GrainKeeper.Core.Zab;

namespace GrainKeeper.Lab.Disk;

/// <summary>Carries out ZAB's disk effects on an image, in their order. A state that is being received lies beside the image until it is complete.</summary>
public sealed class DiskWriter
{
    private readonly List<ReadOnlyMemory<byte>> _installing = [];

    /// <summary>What is durable.</summary>
    public DiskImage Image { get; } = new();

    /// <summary>The process has ended: what was received so far is forgotten.</summary>
    public void Forget() => _installing.Clear();

    /// <summary>Carries out one effect.</summary>
    /// <returns>The token to be confirmed, or null.</returns>
    /// <exception cref="InvalidOperationException">It is no disk effect.</exception>
    public long? Write(ZabEffect effect)
    {
        switch (effect)
        {
            case ZabEffect.Append append:
                foreach (var txn in append.Txns)
                {
                    Image.Append(txn);
                }

                return append.Token;
            case ZabEffect.TruncateLog truncate:
                Image.Truncate(truncate.KeepUpTo);
                return truncate.Token;
            case ZabEffect.WriteAcceptedEpoch accepted:
                Image.AcceptedEpoch = accepted.Epoch;
                return accepted.Token;
            case ZabEffect.WriteCurrentEpoch current:
                Image.CurrentEpoch = current.Epoch;
                return current.Token;
            case ZabEffect.BeginSnapshotInstall or ZabEffect.AbandonSnapshotInstall:
                _installing.Clear();
                return null;
            case ZabEffect.SnapshotInstallChunk chunk:
                _installing.Add(chunk.Data);
                return null;
            case ZabEffect.CommitSnapshotInstall install:
                Image.Install(new SnapshotFile(install.Zxid, _installing.ToArray()));
                _installing.Clear();
                return install.Token;
            default:
                throw new InvalidOperationException($"{effect.GetType().Name} is no disk effect");
        }
    }
}
