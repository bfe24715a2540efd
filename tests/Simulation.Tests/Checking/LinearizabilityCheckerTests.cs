using GrainKeeper.Core.Jute;
using GrainKeeper.Simulation.Checking;

namespace GrainKeeper.Simulation.Tests.Checking;

public sealed class LinearizabilityCheckerTests
{
    [Fact]
    public void An_empty_history_is_linearizable() => Expect(LinearizabilityVerdict.Linearizable);

    [Fact]
    public void Writes_one_after_another_with_the_right_versions_are_linearizable() => Expect(
        LinearizabilityVerdict.Linearizable,
        Create(1, 2, ErrorCode.Ok),
        Set(3, 4, version: 1),
        Set(5, 6, version: 2),
        Delete(7, 8, ErrorCode.Ok),
        Delete(9, 10, ErrorCode.NoNode),
        Create(11, 12, ErrorCode.Ok),
        Set(13, 14, version: 1));

    [Fact]
    public void A_lost_write_is_found() => Expect(
        LinearizabilityVerdict.NotLinearizable,
        Create(1, 2, ErrorCode.Ok),
        Set(3, 4, version: 1),
        Set(5, 6, version: 1));

    [Fact]
    public void A_write_done_twice_is_found() => Expect(
        LinearizabilityVerdict.NotLinearizable,
        Create(1, 2, ErrorCode.Ok),
        Set(3, 4, version: 1),
        Set(5, 6, version: 3));

    [Fact]
    public void Two_creates_that_both_succeed_are_found() => Expect(
        LinearizabilityVerdict.NotLinearizable,
        Create(1, 9, ErrorCode.Ok),
        Create(2, 8, ErrorCode.Ok));

    [Fact]
    public void Two_creates_with_a_delete_that_fits_between_are_fine() => Expect(
        LinearizabilityVerdict.Linearizable,
        Create(1, 9, ErrorCode.Ok),
        Create(2, 8, ErrorCode.Ok),
        Delete(3, 7, ErrorCode.Ok));

    [Fact]
    public void An_answer_that_real_time_forbids_is_found() => Expect(
        LinearizabilityVerdict.NotLinearizable,
        Delete(1, 2, ErrorCode.Ok),
        Create(3, 4, ErrorCode.Ok));

    [Fact]
    public void A_write_without_an_answer_may_explain_what_comes_later() => Expect(
        LinearizabilityVerdict.Linearizable,
        Create(1, null, null),
        Delete(10, 11, ErrorCode.NoNode),
        Set(20, 21, version: 1));

    [Fact]
    public void A_write_without_an_answer_may_never_have_happened() => Expect(
        LinearizabilityVerdict.Linearizable,
        Create(1, 2, ErrorCode.Ok),
        Delete(3, null, null),
        Set(10, 11, version: 1));

    [Fact]
    public void A_write_without_an_answer_cannot_happen_before_its_call() => Expect(
        LinearizabilityVerdict.NotLinearizable,
        Delete(1, 2, ErrorCode.Ok),
        Create(3, null, null));

    [Fact]
    public void A_write_without_an_answer_happens_at_most_once() => Expect(
        LinearizabilityVerdict.NotLinearizable,
        Create(1, null, null),
        Delete(10, 11, ErrorCode.Ok),
        Delete(20, 21, ErrorCode.Ok));

    [Fact]
    public void A_refusal_for_a_version_that_was_right_is_found() => Expect(
        LinearizabilityVerdict.NotLinearizable,
        Create(1, 2, ErrorCode.Ok),
        Set(3, 4, version: 1) with { Steps = [new RegisterStep(OpCode.SetData, 2, 0, null)], Error = ErrorCode.BadVersion, FailedStep = 0 });

    [Fact]
    public void A_failed_multi_leaves_nothing_behind() => Expect(
        LinearizabilityVerdict.Linearizable,
        new RegisterOperation
        {
            Invoked = 1,
            Returned = 2,
            Steps = [new RegisterStep(OpCode.Create, 1, -1, null), new RegisterStep(OpCode.Create, 2, -1, null)],
            Error = ErrorCode.NodeExists,
            FailedStep = 1,
        },
        Create(3, 4, ErrorCode.Ok));

    [Fact]
    public void Thirty_concurrent_writes_without_answers_do_not_exhaust_the_search()
    {
        var history = new List<RegisterOperation> { Create(0, 1, ErrorCode.Ok) };
        for (var i = 0; i < 30; i++)
        {
            history.Add(Set(2, 1_000, version: 0) with { Returned = null, Error = null, Steps = [new RegisterStep(OpCode.SetData, i, -1, null)] });
        }

        history.Add(Set(2_000, 2_001, version: 31));
        Assert.Equal(LinearizabilityVerdict.Linearizable, LinearizabilityChecker.Check(history));
        history.Add(Set(3_000, 3_001, version: 31));
        Assert.NotEqual(LinearizabilityVerdict.Linearizable, LinearizabilityChecker.Check(history, budget: 20_000));
    }

    [Fact]
    public void A_read_may_show_the_state_before_or_after_a_write_under_way() => ExpectEach(
        LinearizabilityVerdict.Linearizable,
        [Create(1, 2, ErrorCode.Ok), Set(3, 10, version: 1), Read(4, 5, value: 1, version: 0), Read(6, 7, value: 3, version: 1)],
        [Create(1, 2, ErrorCode.Ok), Set(3, 10, version: 1), Read(4, 8, value: 3, version: 1), Read(6, 7, value: 3, version: 1)]);

    [Fact]
    public void A_stale_read_is_found() => Expect(
        LinearizabilityVerdict.NotLinearizable,
        Create(1, 2, ErrorCode.Ok),
        Set(3, 4, version: 1),
        Read(5, 6, value: 1, version: 0));

    [Fact]
    public void A_read_that_goes_back_behind_another_one_is_found() => Expect(
        LinearizabilityVerdict.NotLinearizable,
        Create(1, 2, ErrorCode.Ok),
        Set(3, 20, version: 1),
        Read(4, 5, value: 3, version: 1),
        Read(6, 7, value: 1, version: 0));

    [Fact]
    public void A_read_of_a_node_that_is_gone_or_not_there_yet_is_found() => ExpectEach(
        LinearizabilityVerdict.NotLinearizable,
        [Create(1, 2, ErrorCode.Ok), Delete(3, 4, ErrorCode.Ok), Read(5, 6, value: 1, version: 0)],
        [Create(1, 2, ErrorCode.Ok), Missing(3, 4)],
        [Read(1, 2, value: 3, version: 0), Create(3, 4, ErrorCode.Ok)]);

    [Fact]
    public void A_read_of_the_right_version_with_a_wrong_value_is_found() => Expect(
        LinearizabilityVerdict.NotLinearizable,
        Create(1, 2, ErrorCode.Ok),
        Set(3, 4, version: 1),
        Read(5, 6, value: 1, version: 1));

    [Fact]
    public void A_write_without_an_answer_may_take_effect_long_after_reads_that_do_not_show_it() => Expect(
        LinearizabilityVerdict.Linearizable,
        Create(1, 2, ErrorCode.Ok),
        Unknown(3, value: 3, expected: 0),
        Read(4, 5, value: 1, version: 0),
        Read(6, 7, value: 1, version: 0),
        Read(8, 9, value: 3, version: 1));

    [Fact]
    public void A_write_without_an_answer_does_not_come_and_go() => Expect(
        LinearizabilityVerdict.NotLinearizable,
        Create(1, 2, ErrorCode.Ok),
        Unknown(3, value: 3, expected: -1),
        Read(4, 5, value: 3, version: 1),
        Read(6, 7, value: 1, version: 0));

    [Fact]
    public void A_conditional_write_without_an_answer_cannot_have_met_another_version() => Expect(
        LinearizabilityVerdict.NotLinearizable,
        Create(1, 2, ErrorCode.Ok),
        Set(3, 4, version: 1),
        Unknown(5, value: 5, expected: 0),
        Read(6, 7, value: 5, version: 2));

    [Fact]
    public void A_read_without_an_answer_says_nothing() => Expect(
        LinearizabilityVerdict.Linearizable,
        Create(1, 2, ErrorCode.Ok),
        Read(3, 4, value: 99, version: 9) with { Returned = null, Error = null });

    [Fact]
    public void A_search_beyond_its_budget_is_undecided_and_never_taken_for_a_verdict()
    {
        var history = new List<RegisterOperation> { Create(0, 1, ErrorCode.Ok) };
        history.AddRange(Enumerable.Range(0, 30).Select(i => Unknown(2, value: 100 + i, expected: -1)));
        history.Add(Read(10, 11, value: 7, version: 31));
        Assert.Equal(LinearizabilityVerdict.Undecided, LinearizabilityChecker.Check(history, budget: 10_000));
    }

    [Fact]
    public void Sequential_nodes_get_one_number_each_in_the_order_of_time() => Assert.Equal(
        LinearizabilityVerdict.Linearizable,
        Numbers(new(1, 5, true, 1), new(2, 4, true, 0), new(6, null, true, 0), new(7, 8, true, 2), new(9, 10, false, 3), new(11, 12, true, 4)));

    [Fact]
    public void A_number_given_twice_skipped_or_out_of_order_is_found()
    {
        Assert.Equal(LinearizabilityVerdict.NotLinearizable, Numbers(new(1, 4, true, 0), new(2, 3, true, 0)));
        Assert.Equal(LinearizabilityVerdict.NotLinearizable, Numbers(new(1, 2, true, 0), new(3, 4, true, 2)));
        Assert.Equal(LinearizabilityVerdict.NotLinearizable, Numbers(new(1, 2, true, 1), new(3, 4, true, 0)));
        Assert.Equal(LinearizabilityVerdict.NotLinearizable, Numbers(new(1, 2, true, 0), new(3, 4, false, 0)));
    }

    private static LinearizabilityVerdict Numbers(params SequenceOperation[] history) => LinearizabilityChecker.Check(history, 0L);

    private static void ExpectEach(LinearizabilityVerdict verdict, params RegisterOperation[][] histories) => Assert.All(histories, h => Expect(verdict, h));

    private static void Expect(LinearizabilityVerdict verdict, params RegisterOperation[] history) =>
        Assert.Equal(verdict, LinearizabilityChecker.Check(history));

    private static RegisterOperation Create(long invoked, long? returned, ErrorCode? error) =>
        Operation(invoked, returned, error, new RegisterStep(OpCode.Create, invoked, -1, null));

    private static RegisterOperation Delete(long invoked, long? returned, ErrorCode? error) =>
        Operation(invoked, returned, error, new RegisterStep(OpCode.Delete, 0, -1, null));

    private static RegisterOperation Set(long invoked, long returned, int version) =>
        Operation(invoked, returned, ErrorCode.Ok, new RegisterStep(OpCode.SetData, invoked, -1, version));

    private static RegisterOperation Read(long invoked, long returned, long value, int version) =>
        Operation(invoked, returned, ErrorCode.Ok, new RegisterStep(OpCode.GetData, 0, -1, version, value));

    private static RegisterOperation Missing(long invoked, long returned) =>
        Operation(invoked, returned, ErrorCode.NoNode, new RegisterStep(OpCode.GetData, 0, -1, null));

    private static RegisterOperation Unknown(long invoked, long value, int expected) =>
        Operation(invoked, null, null, new RegisterStep(OpCode.SetData, value, expected, null));

    private static RegisterOperation Operation(long invoked, long? returned, ErrorCode? error, RegisterStep step) => new()
    {
        Invoked = invoked,
        Returned = returned,
        Steps = [step],
        Error = error,
        FailedStep = error is null or ErrorCode.Ok ? -1 : 0,
    };
}
