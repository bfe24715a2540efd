namespace GrainKeeper.Client.Sessions;

/// <summary>What re-attaches a session. The password is never logged.</summary>
/// <param name="Id">The session; 0 before there is one.</param>
/// <param name="Password">Its password.</param>
internal sealed record SessionCredentials(long Id, byte[] Password)
{
    internal static SessionCredentials None { get; } = new(0, new byte[16]);

    /// <summary>Without the password.</summary>
    public override string ToString() => $"session 0x{Id:x}";
}
