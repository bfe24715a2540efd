using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Core.Tests.Replica;

/// <summary>How requests gather into rounds of proposals.</summary>
public class RoundTests
{
    private readonly TestEnsemble _ensemble = new(3);
    private readonly TestClient _client;
    private readonly int _before;

    public RoundTests()
    {
        _client = new TestClient(_ensemble.Leader).Connect();
        _client.Create("/a");
        _before = _ensemble.Leader.Log.Count;
    }

    private int Proposed => _ensemble.Leader.Log.Count - _before;

    [Fact]
    public void Alone_a_request_is_proposed_at_once()
    {
        Set();
        Assert.Equal(1, Proposed);
    }

    [Fact]
    public void What_comes_during_a_round_is_proposed_together_when_the_round_is_committed()
    {
        DisksAnswer(false);
        for (var i = 0; i < 10; i++)
        {
            Set();
        }

        _ensemble.Run();
        Assert.Equal(1, Proposed);

        var appends = _ensemble.Leader.Appends;
        DisksAnswer(true);
        _ensemble.Run();

        Assert.Equal(10, Proposed);
        Assert.Equal(appends + 1, _ensemble.Leader.Appends);
        Assert.Equal(10, _client.Received.Count(r => r is { Error: ErrorCode.Ok, Body.Length: > 0 } && r.Xid > 1));
    }

    [Fact]
    public void A_long_round_keeps_requests_waiting_for_its_patience_and_no_longer()
    {
        DisksAnswer(false);
        Set();
        Set();
        _ensemble.Advance(ProposalRounds.Patience - 1);
        Assert.Equal(1, Proposed);
        _ensemble.Advance(1);
        Assert.Equal(2, Proposed);
    }

    [Fact]
    public void Enough_requests_begin_a_round_of_their_own()
    {
        DisksAnswer(false);
        for (var i = 0; i < ProposalRounds.Enough; i++)
        {
            Set();
        }

        Assert.Equal(1, Proposed);
        Set();
        Assert.Equal(1 + ProposalRounds.Enough, Proposed);
    }

    private void Set() => _client.Send(OpCode.SetData, Frames.SetData("/a", "x"));

    private void DisksAnswer(bool answer) => _ensemble.Servers.ForEach(s => s.DiskAnswers = answer);
}
