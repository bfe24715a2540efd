using GrainKeeper.Contracts;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.Requests;

namespace GrainKeeper.Grains.Transactions.Participants;

/// <summary>A kind of participants: those whose name begins with it and a dot. The same on all servers.</summary>
/// <param name="Name">1 to 30 letters, digits and <c>-</c>.</param>
/// <param name="LogTree">The tree whose log keeps their votes and decisions, and whose leader drives them.</param>
/// <param name="Make">Makes what such a participant guards.</param>
internal sealed record ParticipantKind(string Name, string LogTree, Func<IServiceProvider, ParticipantId, ICommitResource> Make)
{
    /// <summary>Whether somebody who is not the administrator may have such participants take part in transactions. Nobody, unless set.</summary>
    public Func<Credentials, bool> Allows { get; init; } = static _ => false;

    /// <summary>Checks the names.</summary>
    /// <exception cref="ArgumentException">One is not allowed.</exception>
    public ParticipantKind Demand()
    {
        TreeName.Require(LogTree);
        return Name.Length is >= 1 and <= 30 && Name.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') && Name is not ("tree" or "postgres")
            ? this
            : throw new ArgumentException($"'{Name}' cannot name a kind of participants: use 1 to 30 letters, digits and '-', and neither 'tree' nor 'postgres'", nameof(Name));
    }
}
