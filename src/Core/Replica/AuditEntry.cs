using System.Globalization;
using System.Text;

namespace GrainKeeper.Core.Replica;

/// <summary>One change, or one that was refused, for the audit log (<c>audit.enable</c>). Fields and words are ZooKeeper's.</summary>
/// <param name="SessionId">Who asked.</param>
/// <param name="User">The identities of the connection, comma-separated; of a digest the user only.</param>
/// <param name="Address">Where the client is.</param>
/// <param name="Operation">For example <c>create</c>.</param>
/// <param name="Path">The node, or null of a multi that failed.</param>
/// <param name="Kind">What kind of node was created, or null.</param>
/// <param name="Acl">The ACL that was set, or null.</param>
/// <param name="Succeeded">Whether it was done.</param>
public sealed record AuditEntry(
    long SessionId, string User, string Address, string Operation, string? Path, string? Kind, string? Acl, bool Succeeded)
{
    /// <summary>The line of the log.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"session=0x{SessionId:x}");
        Append(text, "user", User);
        Append(text, "ip", Address);
        Append(text, "operation", Operation);
        Append(text, "znode", Path);
        Append(text, "znode_type", Kind);
        Append(text, "acl", Acl);
        Append(text, "result", Succeeded ? "success" : "failure");
        return text.ToString();
    }

    // A refused path may hold anything: it must not begin a line of its own.
    private static void Append(StringBuilder text, string key, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            text.Append('\t').Append(key).Append('=');
            foreach (var c in value)
            {
                text.Append(char.IsControl(c) ? '?' : c);
            }
        }
    }
}
