using System.Security.Cryptography;
using System.Text;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Silo.Membership;

/// <summary>
/// The beginning of a hello: each side says who it is and proves that it knows the ensemble's secret.
/// Hello → Welcome with the listener's proof → the dialler's proof. See docs/operations.md.
/// </summary>
internal static class HelloHandshake
{
    /// <summary>The dialler's side.</summary>
    /// <returns>The listener.</returns>
    /// <exception cref="HelloException">One side refuses the other, or the bytes are no hello.</exception>
    public static async Task<HelloIdentity> DialAsync(HelloPipe pipe, HelloParty party, ServerId peer, CancellationToken cancellationToken)
    {
        var own = party.IdentityFor(peer).Encode();
        await pipe.WritePrefaceAsync(cancellationToken);
        await pipe.WriteAsync(HelloFrameType.Hello, own, cancellationToken);
        var body = await ExpectAsync(pipe, HelloFrameType.Welcome, cancellationToken);
        if (body.Length <= HelloProtocol.ProofBytes)
        {
            throw new HelloException("the peer's welcome is malformed");
        }

        var identity = body[..^HelloProtocol.ProofBytes];
        var listener = HelloIdentity.Decode(identity);
        await RefuseUnless(pipe, () => party.Check(listener, peer), cancellationToken);
        await RefuseUnless(pipe, () => Verify(body.AsSpan()[^HelloProtocol.ProofBytes..], party.Proof(byDialer: false, own, identity)), cancellationToken);
        await pipe.WriteAsync(HelloFrameType.Proof, party.Proof(byDialer: true, own, identity), cancellationToken);
        return listener;
    }

    /// <summary>The listener's side, after the preface.</summary>
    /// <returns>The dialler.</returns>
    /// <exception cref="HelloException">One side refuses the other, or the bytes are no hello.</exception>
    public static async Task<HelloIdentity> AcceptAsync(HelloPipe pipe, HelloParty party, byte version, CancellationToken cancellationToken)
    {
        await RefuseUnless(pipe, () => CheckVersion(version), cancellationToken);
        var theirs = await ExpectAsync(pipe, HelloFrameType.Hello, cancellationToken);
        var dialer = HelloIdentity.Decode(theirs);
        await RefuseUnless(pipe, () => party.Check(dialer, expected: null), cancellationToken);
        var own = party.IdentityFor(dialer.From).Encode();
        await pipe.WriteAsync(HelloFrameType.Welcome, (byte[])[.. own, .. party.Proof(byDialer: false, theirs, own)], cancellationToken);
        var proof = await ExpectAsync(pipe, HelloFrameType.Proof, cancellationToken);
        await RefuseUnless(pipe, () => Verify(proof, party.Proof(byDialer: true, theirs, own)), cancellationToken);
        return dialer;
    }

    /// <summary>The words of a refusal, made safe for a log line: they come from whoever has connected.</summary>
    public static string ReadReason(byte[] body)
    {
        var text = Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, HelloProtocol.MaxReasonBytes)));
        return string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
    }

    private static async Task<byte[]> ExpectAsync(HelloPipe pipe, HelloFrameType type, CancellationToken cancellationToken)
    {
        var frame = await pipe.ReadAsync(cancellationToken) ?? throw new HelloException("the connection ended during the handshake");
        if (frame.Type == type)
        {
            return frame.Body;
        }

        throw frame.Type == HelloFrameType.Refused
            ? new HelloException($"the peer refuses this server: {ReadReason(frame.Body)}", refused: true)
            : new HelloException($"frame type {(byte)frame.Type} where {type} was expected");
    }

    private static void CheckVersion(byte version)
    {
        if (version != HelloProtocol.Version)
        {
            throw new HelloException($"it speaks version {version} of the hello protocol, this server speaks {HelloProtocol.Version}", refused: true);
        }
    }

    private static void Verify(ReadOnlySpan<byte> given, byte[] expected)
    {
        if (!CryptographicOperations.FixedTimeEquals(given, expected))
        {
            throw new HelloException("it has another ensemble secret (secretFile differs)", refused: true);
        }
    }

    private static async Task RefuseUnless(HelloPipe pipe, Action check, CancellationToken cancellationToken)
    {
        try
        {
            check();
        }
        catch (HelloException e) when (e.Refused)
        {
            await pipe.WriteRefusalAsync(e.Message, cancellationToken);
            throw;
        }
    }
}
