using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace GrainKeeper.TestServers;

/// <summary>Asks a server by a four-letter word.</summary>
public static class FourLetterWord
{
    /// <summary>Sends a word to a server on this machine.</summary>
    /// <returns>The answer; empty when the server gave none in 5 s or is not there.</returns>
    public static async Task<string> AskAsync(int port, string word)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port, timeout.Token);
            await socket.SendAsync(Encoding.ASCII.GetBytes(word), timeout.Token);
            using var stream = new NetworkStream(socket);
            using var reader = new StreamReader(stream);
            return await reader.ReadToEndAsync(timeout.Token);
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
        {
            return string.Empty;
        }
    }

    /// <summary>Waits until a server on this machine serves.</summary>
    /// <exception cref="TimeoutException">It does not in time, or has ended.</exception>
    public static Task WaitUntilServingAsync(int port, TimeSpan patience, Func<bool> hasEnded) => WaitForAnswerAsync(port, "srvr", "Mode: ", patience, hasEnded);

    /// <summary>Waits until a server on this machine answers a word as expected.</summary>
    /// <param name="port">Its ZooKeeper port.</param>
    /// <param name="word">The word.</param>
    /// <param name="expected">What the answer must contain.</param>
    /// <param name="patience">How long to wait.</param>
    /// <param name="hasEnded">Whether the server will never answer.</param>
    /// <exception cref="TimeoutException">It does not in time, or has ended.</exception>
    public static async Task WaitForAnswerAsync(int port, string word, string expected, TimeSpan patience, Func<bool> hasEnded)
    {
        var watch = Stopwatch.StartNew();
        string answer;
        while (!(answer = await AskAsync(port, word)).Contains(expected, StringComparison.Ordinal))
        {
            if (hasEnded() || watch.Elapsed > patience)
            {
                throw new TimeoutException($"port {port} does not answer {word} with \"{expected}\" after {watch.Elapsed}, but: {answer}");
            }

            await Task.Delay(100);
        }
    }
}
