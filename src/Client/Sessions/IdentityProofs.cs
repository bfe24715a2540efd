using System.Buffers;
using System.Text;
using GrainKeeper.Client.Errors;
using GrainKeeper.Contracts.Transactions;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.Client.Sessions;

/// <summary>The identities that a session proves on each of its connections. Safe for any thread. Credentials are never logged.</summary>
internal sealed class IdentityProofs
{
    /// <summary>More identities than anybody needs: a client that adds one with every request would otherwise grow without end.</summary>
    private const int Most = 100;

    private readonly Lock _lock = new();
    private readonly List<Proof> _proofs = [];
    private readonly Queue<Proof> _underWay = [];
    private Exception? _closed;

    /// <summary>Adds an identity; it goes out with the next frames.</summary>
    /// <returns>Done when a server has accepted it.</returns>
    internal Task Add(string scheme, byte[] auth)
    {
        lock (_lock)
        {
            if (_closed is not null)
            {
                return Task.FromException(_closed);
            }

            if (_proofs.Count == Most)
            {
                return Task.FromException(GrainKeeperException.WithMessage(ErrorCode.Throttled, $"a session may prove at most {Most} identities"));
            }

            var body = new ArrayBufferWriter<byte>();
            new AuthPacket(0, Encoding.UTF8.GetBytes(scheme), auth).Write(new JuteWriter(body));
            var proof = new Proof(scheme, auth, body.WrittenSpan.ToArray());
            _proofs.Add(proof);
            return proof.Accepted.Task;
        }
    }

    /// <summary>Those that servers have accepted, for what does not go over the connection.</summary>
    internal TransactionProof[] Proofs()
    {
        lock (_lock)
        {
            return [.. _proofs.Where(p => p.Accepted.Task.IsCompletedSuccessfully).Select(p => new TransactionProof(p.Scheme, p.Auth)).TakeLast(TransactionProof.MaxCount)];
        }
    }

    /// <summary>Writes all, for a new connection.</summary>
    internal void WriteAll(FrameWriter frames)
    {
        lock (_lock)
        {
            _underWay.Clear();
            foreach (var proof in _proofs)
            {
                Write(proof, frames);
            }
        }
    }

    /// <summary>Writes those that this connection has not heard.</summary>
    internal void WriteNew(FrameWriter frames)
    {
        lock (_lock)
        {
            foreach (var proof in _proofs.Where(p => !p.Told))
            {
                Write(proof, frames);
            }
        }
    }

    /// <summary>Takes a server's answer to the first one under way.</summary>
    /// <exception cref="AuthFailedException">It was not accepted: the session cannot go on.</exception>
    internal void Answered(ErrorCode error)
    {
        Proof? proof;
        lock (_lock)
        {
            _underWay.TryDequeue(out proof);
        }

        if (error == ErrorCode.Ok)
        {
            proof?.Accepted.TrySetResult();
            return;
        }

        throw new AuthFailedException($"the servers did not accept the credentials of scheme '{proof?.Scheme}'");
    }

    internal void Close(Exception reason)
    {
        lock (_lock)
        {
            _closed ??= reason;
            foreach (var proof in _proofs)
            {
                if (proof.Accepted.TrySetException(reason))
                {
                    // Nobody may be waiting for it any more.
                    _ = proof.Accepted.Task.Exception;
                }
            }
        }
    }

    private void Write(Proof proof, FrameWriter frames)
    {
        frames.Request(ReservedXid.Auth, OpCode.Auth, proof.Body);
        proof.Told = true;
        _underWay.Enqueue(proof);
    }

    private sealed class Proof(string scheme, byte[] auth, byte[] body)
    {
        internal string Scheme => scheme;

        internal byte[] Auth => auth;

        internal byte[] Body => body;

        internal bool Told { get; set; }

        internal TaskCompletionSource Accepted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
