using System.Net;

namespace GrainKeeper.Silo.Endpoint;

/// <summary>Counts connections in all and by address.</summary>
internal sealed class ConnectionLimiter(int maxConnections, int maxPerAddress)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, int> _byAddress = [];
    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <summary>Takes a place.</summary>
    /// <returns>Null when there was one; else why not.</returns>
    public string? TryEnter(IPAddress address)
    {
        lock (_lock)
        {
            if (maxConnections > 0 && _count >= maxConnections)
            {
                return $"the server has {_count} connections, its limit maxCnxns; raise it or connect to another server";
            }

            var already = _byAddress.GetValueOrDefault(address);
            if (maxPerAddress > 0 && already >= maxPerAddress)
            {
                return $"{already} connections from {address} are open, the limit maxClientCnxns; raise it or close some";
            }

            _byAddress[address] = already + 1;
            _count++;
            return null;
        }
    }

    public void Leave(IPAddress address)
    {
        lock (_lock)
        {
            _count--;
            var left = _byAddress[address] - 1;
            if (left == 0)
            {
                _byAddress.Remove(address);
            }
            else
            {
                _byAddress[address] = left;
            }
        }
    }
}
