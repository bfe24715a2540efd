using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace GrainKeeper.Console.Live;

/// <summary>What a server's ZooKeeper port tells of its requests, to the word <c>srvr</c>.</summary>
/// <param name="Received">Requests received since its start.</param>
/// <param name="LatencyAverage">Of them, in ms.</param>
/// <param name="LatencyMax">The longest, in ms.</param>
internal sealed record ServerProbe(long Received, double LatencyAverage, long LatencyMax)
{
    private const int MaxAnswer = 16 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    /// <summary>Asks.</summary>
    /// <returns>Null when the port does not answer in time, or wants TLS, or does not know the word.</returns>
    internal static async Task<ServerProbe?> AskAsync(string host, int port, CancellationToken token)
    {
        if (port == 0 || host.Length == 0)
        {
            return null;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(token);
        limit.CancelAfter(Patience);
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(host, port, limit.Token);
            await using var stream = client.GetStream();
            await stream.WriteAsync("srvr"u8.ToArray(), limit.Token);
            var answer = new byte[MaxAnswer];
            var length = await stream.ReadAtLeastAsync(answer, answer.Length, throwOnEndOfStream: false, limit.Token);
            return Parse(Encoding.UTF8.GetString(answer, 0, length));
        }
        catch (Exception e) when (e is SocketException or IOException || (e is OperationCanceledException && !token.IsCancellationRequested))
        {
            return null;
        }
    }

    internal static ServerProbe? Parse(string answer)
    {
        var values = answer.Split('\n')
            .Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries))
            .Where(pair => pair.Length == 2)
            .DistinctBy(pair => pair[0])
            .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
        return values.TryGetValue("Latency min/avg/max", out var latency) && latency.Split('/') is [_, var average, var max]
            && values.TryGetValue("Received", out var received)
            && long.TryParse(received, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && double.TryParse(average, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var mean)
            && long.TryParse(max, NumberStyles.None, CultureInfo.InvariantCulture, out var longest)
            ? new ServerProbe(count, mean, longest)
            : null;
    }
}
