using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Replica;

namespace GrainKeeper.Core.Tests.Replica;

/// <summary>A client of a server alone, whose answers are looked at whatever they are.</summary>
internal sealed class QuotaClient
{
    private readonly TestEnsemble _ensemble;
    private readonly TestClient _client;

    public QuotaClient(bool enforce)
    {
        _ensemble = new TestEnsemble(1, new ReplicaOptions { EnforceQuota = enforce });
        _client = new TestClient(_ensemble[1]).Connect();
    }

    public IReadOnlyList<ReplicaEffect.SoftQuotaExceeded> Warnings => _ensemble[1].QuotaWarnings;

    public ReplicaState State => _ensemble[1].State;

    public void Wait(long milliseconds) => _ensemble.Advance(milliseconds, () => _client.SendRaw(Frames.Request(ReservedXid.Ping, OpCode.Ping, [])));

    public Reply Create(string path, string data) => Ask(OpCode.Create, Frames.Create(path, data));

    public Reply Ask(OpCode type, byte[] body) => _client.Ask(type, body);

    /// <summary>Sends all requests at once, before any of them is committed.</summary>
    public Reply[] AskAll((OpCode Type, byte[] Body)[] requests)
    {
        _client.Received.Clear();
        _client.SendRaw([.. requests.Select((r, i) => Frames.Request(1_000 + i, r.Type, r.Body))]);
        _ensemble.Run();
        return [.. _client.Received];
    }
}
