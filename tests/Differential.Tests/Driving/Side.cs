using System.Globalization;

namespace GrainKeeper.Differential.Tests.Driving;

/// <summary>One of the two servers, and how its own numbers translate into those that both must agree on.</summary>
internal sealed class Side(string name, int port)
{
    private readonly Dictionary<long, string> _sessions = [];

    public string Name => name;

    public int Port => port;

    /// <summary>The zxid from which the seed counts.</summary>
    public long FirstZxid { get; private set; }

    public void Begin(long firstZxid)
    {
        FirstZxid = firstZxid;
        _sessions.Clear();
    }

    public void Learn(long session, string label) => _sessions[session] = label;

    /// <summary>A zxid as a distance from the seed's first; what is older differs between the servers and says nothing.</summary>
    public string Zxid(long zxid) => zxid is 0 or -1 ? zxid.ToString(CultureInfo.InvariantCulture)
        : zxid < FirstZxid ? "old"
        : "+" + (zxid - FirstZxid).ToString(CultureInfo.InvariantCulture);

    public string Session(long id) => id == 0 ? "0" : _sessions.TryGetValue(id, out var label) ? label : "?" + id.ToString("x", CultureInfo.InvariantCulture);
}
