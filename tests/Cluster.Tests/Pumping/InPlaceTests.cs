using GrainKeeper.Cluster.Tests.Ensembles;
using GrainKeeper.Grains.Pumping;

namespace GrainKeeper.Cluster.Tests.Pumping;

/// <summary>Inputs that are handled where they are, in the place of a pump that sleeps.</summary>
public sealed class InPlaceTests
{
    [Fact]
    public async Task Only_a_pump_that_sleeps_lets_somebody_take_its_place()
    {
        await using var pump = new CountingPump();
        Assert.False(pump.TryInPlace(1));
        await AsleepAsync(pump);
        var nested = true;
        Assert.True(pump.TryInPlace(2, () => nested = pump.TryInPlace(3)));
        Assert.False(nested);
        Assert.Contains((2, false), pump.Handled);
        await pump.StopAsync();
        Assert.False(pump.TryInPlace(4));
        Assert.Empty(pump.Failures);
    }

    [Fact]
    public async Task What_is_queued_while_the_place_is_taken_is_handled_by_the_pump_afterwards()
    {
        await using var pump = new CountingPump();
        await AsleepAsync(pump);
        var before = pump.Handled.Count;
        Assert.True(pump.TryInPlace(10, () =>
        {
            Assert.True(pump.Post(11));
            Assert.True(pump.Post(12));
            Assert.Equal(before + 1, pump.Handled.Count);
        }));
        await UntilAsync(() => pump.HandledOnScheduler() == before + 3);
        Assert.Equal([(10, false), (11, true), (12, true)], pump.Handled[before..]);
    }

    [Fact]
    public async Task A_pump_that_is_woken_from_its_place_begins_a_round()
    {
        await using var pump = new CountingPump();
        await AsleepAsync(pump);
        var rounds = pump.Rounds;
        Assert.True(pump.TryInPlace(1, pump.WakeUp));
        await UntilAsync(() => pump.Rounds > rounds);
    }

    [Theory]
    [InlineData(-5)]
    [InlineData(0)]
    [InlineData(30)]
    public async Task A_deadline_that_comes_about_in_place_is_kept(int wait)
    {
        await using var pump = new CountingPump();
        await AsleepAsync(pump);
        Assert.True(pump.TryInPlace(1, wait: wait));
        await UntilAsync(() => pump.Ticks == 1);
    }

    [Fact]
    public async Task A_failure_in_place_ends_the_pump_with_it()
    {
        await using var pump = new CountingPump();
        await AsleepAsync(pump);
        var failure = new InvalidDataException("broken");
        Assert.True(pump.TryInPlace(1, failure: failure));
        await pump.Completion.WaitAsync(TimeSpan.FromMilliseconds(Ensemble.Patience));
        Assert.Same(failure, Assert.Single(pump.Failures));
        Assert.False(pump.Post(2));
    }

    [Fact]
    public async Task Whoever_handles_inputs_none_is_lost_or_handled_twice_and_no_two_at_a_time()
    {
        const int Threads = 4;
        const int Each = 30_000;
        await using var pump = new CountingPump();
        await AsleepAsync(pump);
        var begun = pump.Handled.Count;
        var inPlace = 0;
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(t => Task.Run(() =>
        {
            for (var i = 0; i < Each; i++)
            {
                var input = 1_000 + (t * Each) + i;
                if (i % 50 == 0)
                {
                    Assert.True(SpinWait.SpinUntil(() => pump.TryInPlace(input), Ensemble.Patience));
                    Interlocked.Increment(ref inPlace);
                }
                else if (i % 3 != 0 && pump.TryInPlace(input))
                {
                    Interlocked.Increment(ref inPlace);
                }
                else
                {
                    Assert.True(pump.Post(input));
                }
            }
        })));
        await pump.StopAsync();

        Assert.Empty(pump.Failures);
        Assert.False(pump.Overlapped);
        var handled = pump.Handled[begun..];
        Assert.Equal(Enumerable.Range(1_000, Threads * Each), handled.Select(h => h.Input).Concat(pump.Abandoned).Order());
        Assert.Equal(inPlace, handled.Count(h => !h.InRound));
        Assert.InRange(inPlace, Threads * Each / 50, Threads * Each);
    }

    [Fact]
    public async Task Deferred_wakes_wake_once_when_all_is_given_and_only_those_of_their_thread()
    {
        await using var pump = new CountingPump();
        await AsleepAsync(pump);
        var begun = pump.Handled.Count;
        var rounds = pump.Rounds;
        var giving = new Thread(() =>
        {
            DeferredWakes.Begin();
            for (var i = 1; i <= 5; i++)
            {
                pump.Post(i);
            }
        });
        giving.Start();
        giving.Join();

        // The pump sleeps on: its place is free. Another thread's input wakes it, and it takes what waits.
        Assert.True(pump.TryInPlace(6));
        Assert.Equal(rounds, pump.Rounds);
        await Task.Run(() => pump.Post(7));
        await UntilAsync(() => pump.HandledOnScheduler() == begun + 7);
        Assert.Equal([6, 1, 2, 3, 4, 5, 7], pump.Handled[begun..].Select(h => h.Input));

        await AsleepAsync(pump);
        begun = pump.Handled.Count;
        giving = new Thread(() =>
        {
            DeferredWakes.Begin();
            pump.Post(8);
            pump.Post(9);
            DeferredWakes.End();
            pump.Post(10);
        });
        giving.Start();
        giving.Join();
        await UntilAsync(() => pump.HandledOnScheduler() == begun + 3);
        Assert.Equal([8, 9, 10], pump.Handled[begun..].Select(h => h.Input));
    }

    /// <summary>Starts the pump and waits until somebody can take its place.</summary>
    private static async Task AsleepAsync(CountingPump pump)
    {
        pump.Start();
        await UntilAsync(() => pump.TryInPlace(0));
    }

    private static Task UntilAsync(Func<bool> condition) => Eventually.Is(condition, () => "the pump is not as expected");
}
