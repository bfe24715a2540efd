namespace GrainKeeper.Client;

/// <summary>What a client proves an identity with. Its text does not show the secret.</summary>
/// <param name="scheme">For example <c>digest</c>.</param>
/// <param name="auth">The credentials; for <c>digest</c> <c>user:password</c>. A secret.</param>
public sealed class ClientCredentials(string scheme, ReadOnlyMemory<byte> auth)
{
    /// <summary>The scheme.</summary>
    public string Scheme { get; } = scheme;

    /// <summary>The credentials. A secret.</summary>
    public ReadOnlyMemory<byte> Auth { get; } = auth;

    /// <summary>Takes <c>scheme:credentials</c> apart, for example <c>digest:user:password</c>.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="FormatException">It has no scheme. The message does not show it.</exception>
    public static ClientCredentials Parse(string text) =>
        text.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon
            ? new ClientCredentials(text[..colon], System.Text.Encoding.UTF8.GetBytes(text[(colon + 1)..]))
            : throw new FormatException("credentials have the form scheme:credentials, for example digest:user:password");

    /// <summary>The scheme alone.</summary>
    public override string ToString() => Scheme + ":…";
}
