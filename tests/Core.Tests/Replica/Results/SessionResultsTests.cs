using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica.Results;

namespace GrainKeeper.Core.Tests.Replica.Results;

/// <summary>What is kept of one session's answers, and the numbers that they go by.</summary>
public class SessionResultsTests
{
    [Theory]
    [InlineData(1, 1, true)]
    [InlineData(1, 2, true)]
    [InlineData(2, 1, false)]
    [InlineData(1, 0, false)]
    [InlineData(0, 5, false)]
    [InlineData(-3, 5, false)]
    [InlineData(int.MaxValue, 1, true)]
    [InlineData(int.MaxValue - 1_000, 24, true)]
    [InlineData(1, int.MaxValue, false)]
    [InlineData(24, int.MaxValue - 1_000, false)]
    public void The_earlier_of_two_numbers_is_told_by_the_shorter_way_round(int number, int last, bool isUpTo) =>
        Assert.Equal(isUpTo, RequestNumber.IsUpTo(number, last));

    [Fact]
    public void After_the_greatest_number_comes_one_and_answers_are_found_across_it()
    {
        var results = new SessionResults(4);
        results.Append(int.MaxValue - 1, Result(1));
        var number = int.MaxValue - 1;
        for (var zxid = 2; zxid <= 4; zxid++)
        {
            results.Add(number = RequestNumber.Next(number), Result(zxid));
        }

        Assert.Equal(2, results.Last);
        Assert.Equal([1L, 2L, 3L, 4L], new[] { int.MaxValue - 1, int.MaxValue, 1, 2 }.Select(n => results.Find(n)!.Value.Zxid.Value));
        Assert.Null(results.Find(3));
        Assert.Null(results.Find(0));
    }

    [Fact]
    public void Only_so_many_answers_and_so_many_bytes_are_kept_and_the_newest_always()
    {
        var results = new SessionResults(3);
        for (var i = 1; i <= 5; i++)
        {
            results.Add(i, Result(i));
        }

        Assert.Equal((3, 5), (results.Count, results.Last));
        Assert.Equal([null, null, 3L, 4L, 5L], Enumerable.Range(1, 5).Select(n => results.Find(n)?.Zxid.Value));

        results.Add(6, Result(6, (ResultTable.MostBytesOfSession / 2) + 1));
        results.Add(7, Result(7, ResultTable.MostBytesOfSession / 2));
        Assert.Equal([7L], Enumerable.Range(0, results.Count).Select(i => results[i].Zxid.Value));
        results.Add(8, Result(8, ResultTable.MostBytesOfSession * 2));
        Assert.Equal([8L], Enumerable.Range(0, results.Count).Select(i => results[i].Zxid.Value));
    }

    [Fact]
    public void An_answer_that_is_known_stays_and_a_gap_ends_the_server()
    {
        var results = new SessionResults(3);
        results.Add(1, Result(7));
        results.Add(1, Result(9));
        Assert.Equal(7, results.Find(1)!.Value.Zxid.Value);
        Assert.Throws<InvariantViolationException>(() => results.Add(3, Result(10)));
    }

    private static KeptResult Result(int zxid, int bytes = 0) => new(new Zxid(zxid), ErrorCode.Ok, new byte[bytes]);
}
