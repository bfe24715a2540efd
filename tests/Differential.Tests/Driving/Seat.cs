namespace GrainKeeper.Differential.Tests.Driving;

/// <summary>One client, at both servers.</summary>
internal sealed class Seat(int number, Client reference, Client ours)
{
    public Client Reference => reference;

    public Client Ours => ours;

    /// <summary>How many sessions it has had.</summary>
    public int Generation { get; set; }

    /// <summary>Whether some session has ended since this client was last heard.</summary>
    public bool HeardOfAnEnd { get; set; }

    public string Label => $"client{number}.{Generation}";

    public void Both(Action<Client> action)
    {
        action(reference);
        action(ours);
    }
}
