using GrainKeeper.Contracts.Peers;

namespace GrainKeeper.Grains.Peers;

/// <summary>Limits of the links between servers. Times in milliseconds, sizes in bytes.</summary>
public sealed record PeerLinkOptions
{
    /// <summary>How long one call may take before its batch is sent again. 50 to 60,000; default 1,000.</summary>
    public int CallTimeout { get; init; } = 1_000;

    /// <summary>How long a batch may be tried in all before the link breaks. At least <see cref="CallTimeout"/>, at most 600,000; default 2,500.</summary>
    public int BatchTimeout { get; init; } = 2_500;

    /// <summary>How long a link that has something to send waits for a peer that is down before it breaks. 0 to 60,000; default 500.</summary>
    public int ConnectTimeout { get; init; } = 500;

    /// <summary>First pause before a batch is sent again; doubles up to 16 times itself. 1 to 1,000; default 10.</summary>
    public int RetryDelay { get; init; } = 10;

    /// <summary>How often a broken election link tries a peer that seems to be up. 10 to 60,000; default 250.</summary>
    public int ProbeInterval { get; init; } = 250;

    /// <summary>Bytes in one batch, beyond which messages wait for the next; a single larger message goes alone. 1 KiB to 16 MiB; default 2 MiB.</summary>
    public int MaxBatchBytes { get; init; } = 2 * 1024 * 1024;

    /// <summary>Bytes that may wait for one peer; more breaks the link. At least <see cref="MaxBatchBytes"/>; default 256 MiB.</summary>
    public long MaxQueuedBytes { get; init; } = 256L * 1024 * 1024;

    /// <summary>Batches that may be posted ahead of their receipts. 1 to 64; default 4.</summary>
    public int Window { get; init; } = 4;

    /// <summary>Bytes that may be posted ahead of their receipts; a single larger batch goes alone. At least <see cref="MaxBatchBytes"/>; default 16 MiB.</summary>
    public long WindowBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>How long a receipt waits for a batch to travel with. 1 to 1,000, and less than <see cref="CallTimeout"/>; default 20.</summary>
    public int ReceiptDelay { get; init; } = 20;

    /// <summary>Checks every limit.</summary>
    /// <exception cref="ArgumentException">A value is not allowed; the message names it, its range and the remedy.</exception>
    public void Validate()
    {
        Require(CallTimeout is >= 50 and <= 60_000, nameof(CallTimeout), CallTimeout, "50 to 60,000");
        Require(BatchTimeout >= CallTimeout && BatchTimeout <= 600_000, nameof(BatchTimeout), BatchTimeout, "CallTimeout to 600,000");
        Require(ConnectTimeout is >= 0 and <= 60_000, nameof(ConnectTimeout), ConnectTimeout, "0 to 60,000");
        Require(RetryDelay is >= 1 and <= 1_000, nameof(RetryDelay), RetryDelay, "1 to 1,000");
        Require(ProbeInterval is >= 10 and <= 60_000, nameof(ProbeInterval), ProbeInterval, "10 to 60,000");
        Require(MaxBatchBytes is >= 1024 and <= PeerBatch.MaxPayload / 2, nameof(MaxBatchBytes), MaxBatchBytes, "1 KiB to 16 MiB");
        Require(Window is >= 1 and <= 64, nameof(Window), Window, "1 to 64");
        Require(WindowBytes >= MaxBatchBytes, nameof(WindowBytes), WindowBytes, "MaxBatchBytes or more");
        Require(ReceiptDelay is >= 1 and <= 1_000 && ReceiptDelay < CallTimeout, nameof(ReceiptDelay), ReceiptDelay, "1 to 1,000, and less than CallTimeout");
        Require(MaxQueuedBytes >= MaxBatchBytes, nameof(MaxQueuedBytes), MaxQueuedBytes, "MaxBatchBytes or more");
    }

    private static void Require(bool condition, string name, object value, string allowed)
    {
        if (!condition)
        {
            throw new ArgumentException($"peer link option {name} = '{value}' is not allowed; set it to {allowed}", name);
        }
    }
}
