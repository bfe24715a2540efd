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

    private static void Expect(LinearizabilityVerdict verdict, params RegisterOperation[] history) =>
        Assert.Equal(verdict, LinearizabilityChecker.Check(history));

    private static RegisterOperation Create(long invoked, long? returned, ErrorCode? error) =>
        Operation(invoked, returned, error, new RegisterStep(OpCode.Create, invoked, -1, null));

    private static RegisterOperation Delete(long invoked, long? returned, ErrorCode? error) =>
        Operation(invoked, returned, error, new RegisterStep(OpCode.Delete, 0, -1, null));

    private static RegisterOperation Set(long invoked, long returned, int version) =>
        Operation(invoked, returned, ErrorCode.Ok, new RegisterStep(OpCode.SetData, invoked, -1, version));

    private static RegisterOperation Operation(long invoked, long? returned, ErrorCode? error, RegisterStep step) => new()
    {
        Invoked = invoked,
        Returned = returned,
        Steps = [step],
        Error = error,
        FailedStep = error is null or ErrorCode.Ok ? -1 : 0,
    };
}
