namespace GrainKeeper.Console.Live;

/// <summary>What <c>gk top</c> shows of one server.</summary>
/// <param name="Server">What it says of itself.</param>
/// <param name="WritesPerSecond">Transactions that it learned to be committed; null until it was looked at twice, and across a change of epochs.</param>
/// <param name="RequestsPerSecond">Requests that its ZooKeeper port received; null where that does not answer.</param>
/// <param name="LatencyAverage">Of those requests since its start, in ms; null as above.</param>
/// <param name="LatencyMax">The longest of them, in ms; null as above.</param>
/// <param name="AnswerTime">How long it took to say all this, through the gateway that was asked, in ms; null when it did not.</param>
internal sealed record TopRow(ServerRow Server, double? WritesPerSecond, double? RequestsPerSecond, double? LatencyAverage, long? LatencyMax, double? AnswerTime);
