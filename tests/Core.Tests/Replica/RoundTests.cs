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

    [Fact]
    public void What_is_there_together_is_proposed_together()
    {
        var appends = _ensemble.Leader.Appends;
        _ensemble.Leader.MoreFollows = true;
        Set();
        Set();
        Assert.Equal(0, Proposed);
        Assert.True(_ensemble.Leader.Core.NextDeadline <= _ensemble.Now.Monotonic, "a step is due at once");

        _ensemble.Leader.MoreFollows = false;
        Set();
        Assert.Equal(3, Proposed);
        Assert.Equal(appends + 1, _ensemble.Leader.Appends);
    }

    [Fact]
    public void What_waits_for_more_is_proposed_when_no_more_comes()
    {
        _ensemble.Leader.MoreFollows = true;
        Set();
        Assert.Equal(0, Proposed);

        _ensemble.Leader.MoreFollows = false;
        _ensemble.Leader.Step(new ReplicaInput.Tick());
        Assert.Equal(1, Proposed);
    }

    [Fact]
    public void After_a_round_of_a_crowd_the_next_waits_for_all_of_the_crowd()
    {
        var after = RunCrowd();
        for (var i = 1; i < ProposalRounds.Crowd; i++)
        {
            Set();
            Assert.Equal(after, Proposed);
        }

        Set();
        Assert.Equal(after + ProposalRounds.Crowd, Proposed);
    }

    [Fact]
    public void After_a_round_of_a_crowd_requests_rest_no_longer_than_the_limit()
    {
        var after = RunCrowd();
        Set();
        _ensemble.Advance(ProposalRounds.Rest - 1);
        Assert.Equal(after, Proposed);
        _ensemble.Advance(1);
        Assert.Equal(after + 1, Proposed);

        _ensemble.Run();
        Set();
        Assert.Equal(after + 2, Proposed);
    }

    [Theory]
    [InlineData(20, 80, 0)]
    [InlineData(21, 79, 21)]
    public void Where_most_of_the_crowd_wait_already_the_rest_are_not_waited_for(int answered, int waiting, int wanted)
    {
        DisksAnswer(false);
        _ensemble.Leader.MoreFollows = true;
        Times(answered - 1, Set);
        _ensemble.Leader.MoreFollows = false;
        Set();
        Assert.Equal(answered, Proposed);
        Times(waiting, Set);
        DisksAnswer(true);
        _ensemble.Run();
        Times(wanted, () =>
        {
            Assert.Equal(answered, Proposed);
            Set();
        });
        Assert.Equal(answered + waiting + wanted, Proposed);
    }

    [Theory]
    [InlineData(4, true)]
    [InlineData(5, false)]
    public void Clients_that_think_before_they_write_again_are_not_waited_for(int late, bool waits)
    {
        WriteAgain(late, ReturnProbe.Soon + 1);
        AssertWaits(waits);
    }

    [Fact]
    public void Clients_that_write_again_just_in_time_are_waited_for()
    {
        WriteAgain(50, ReturnProbe.Soon);
        AssertWaits(true);
    }

    [Fact]
    public void Clients_that_write_again_soon_are_waited_for_whatever_they_did_before()
    {
        WriteAgain(100, ReturnProbe.Soon + 1);
        AssertWaits(false);
        WriteAgain(100, 0);
        AssertWaits(true);
    }

    [Fact]
    public void After_a_round_of_fewer_than_a_crowd_nothing_rests()
    {
        RunCrowd(ProposalRounds.Crowd - 1);
        var after = Proposed;
        Set();
        Assert.Equal(after + 1, Proposed);
    }

    /// <summary>Has a round of so many requests committed.</summary>
    private int RunCrowd(int requests = ProposalRounds.Crowd)
    {
        var before = Proposed;
        _ensemble.Leader.MoreFollows = true;
        Times(requests - 1, Set);
        _ensemble.Leader.MoreFollows = false;
        Set();
        _ensemble.Run();
        Assert.Equal(before + requests, Proposed);
        return Proposed;
    }

    /// <summary>Has the client write so many times, so many milliseconds after each answer.</summary>
    private void WriteAgain(int times, int after) => Times(times, () =>
    {
        Set();
        _ensemble.Run();
        _ensemble.Advance(after);
    });

    private void AssertWaits(bool waits)
    {
        var after = RunCrowd(100);
        Set();
        Assert.Equal(after + (waits ? 0 : 1), Proposed);
        _ensemble.Advance(ProposalRounds.Rest);
        Assert.Equal(after + 1, Proposed);
    }

    private static void Times(int times, Action action)
    {
        for (var i = 0; i < times; i++)
        {
            action();
        }
    }

    private void Set() => _client.Send(OpCode.SetData, Frames.SetData("/a", "x"));

    private void DisksAnswer(bool answer) => _ensemble.Servers.ForEach(s => s.DiskAnswers = answer);
}
