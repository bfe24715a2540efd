using System.Text.RegularExpressions;
using GrainKeeper.Core.Requests;

namespace GrainKeeper.Grains.Transactions.Participants;

/// <summary>Who may name a kind of participants in transactions.</summary>
internal sealed partial class ParticipantAccess
{
    private const string Anyone = "world:anyone";
    private readonly HashSet<Identity> _identities = [];
    private bool _anyone;

    private ParticipantAccess()
    {
    }

    /// <summary>Reads a list.</summary>
    /// <exception cref="ArgumentException">An entry is neither <c>digest:user:hash</c> nor <c>world:anyone</c>.</exception>
    public static ParticipantAccess Parse(string kind, IEnumerable<string> allow)
    {
        var access = new ParticipantAccess();
        foreach (var entry in allow)
        {
            if (entry == Anyone)
            {
                access._anyone = true;
            }
            else if (DigestEntry().IsMatch(entry))
            {
                access._identities.Add(new Identity("digest", entry["digest:".Length..]));
            }
            else
            {
                throw new ArgumentException($"participants of kind '{kind}': '{entry}' is neither digest:user:hash, with the hash as in ACLs, nor {Anyone}", nameof(allow));
            }
        }

        return access;
    }

    /// <summary>Whether somebody has proven one of the identities.</summary>
    public bool Contains(Credentials who)
    {
        foreach (var identity in who.Identities)
        {
            if (_identities.Contains(identity))
            {
                return true;
            }
        }

        return _anyone;
    }

    // A user's name alone proves nothing: everybody may choose it with a password of his own.
    [GeneratedRegex("^digest:[^:]+:[A-Za-z0-9+/]{27}=$")]
    private static partial Regex DigestEntry();
}
