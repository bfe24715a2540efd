using GrainKeeper.Contracts.Servers;

namespace GrainKeeper.Contracts.Elections;

/// <summary>A server's election in one tree.</summary>
/// <param name="Tree">The tree.</param>
/// <param name="Server">The server's id.</param>
/// <param name="Algorithm">The algorithm: 0, 2 or 3 (<c>electionAlg</c>).</param>
/// <param name="State">What the server is doing.</param>
/// <param name="Round">The logical clock.</param>
/// <param name="VoteLeader">The id of the server it votes for.</param>
/// <param name="VoteZxid">That server's last zxid, as the vote says.</param>
/// <param name="VoteEpoch">That server's epoch, as the vote says.</param>
/// <param name="Decisions">How many elections this process has decided.</param>
[GenerateSerializer, Immutable, Alias("gk.ElectionStatus")]
public sealed record ElectionStatus(
    [property: Id(0)] string Tree,
    [property: Id(1)] int Server,
    [property: Id(2)] int Algorithm,
    [property: Id(3)] ServerRole State,
    [property: Id(4)] long Round,
    [property: Id(5)] int VoteLeader,
    [property: Id(6)] long VoteZxid,
    [property: Id(7)] int VoteEpoch,
    [property: Id(8)] long Decisions);
