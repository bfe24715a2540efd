using GrainKeeper.Client.Transactions;
using GrainKeeper.Contracts.Transactions;

namespace GrainKeeper.Client.Tests.Transactions;

public sealed class TimelineMergeTests
{
    private static readonly TransactionLine[] Coordinator =
    [
        Line(100, 1, "coordinator", "→ a: Prepare"), Line(100, 1, "coordinator", "→ b: Prepare"), Line(101, 1, "coordinator", "← a: Vote Yes"), Line(101, 1, "coordinator", "← b: Vote Yes"),
        Line(101, 1, "coordinator", "decides Commit"), Line(102, 1, "coordinator", "→ a: Commit"), Line(102, 1, "coordinator", "→ b: Commit"),
    ];

    [Fact]
    public void Nothing_is_received_before_it_was_sent_whatever_the_clocks_say()
    {
        foreach (var skew in new[] { -1_000_000, -1, 0, 1, 1_000_000 })
        {
            var a = new[] { Line(100 + skew, 2, "a", "← coordinator: Prepare"), Line(101 + skew, 2, "a", "→ coordinator: Vote Yes"), Line(102 + skew, 2, "a", "← coordinator: Commit") };
            var b = new[] { Line(100 - skew, 3, "b", "← coordinator: Prepare"), Line(101 - skew, 3, "b", "→ coordinator: Vote Yes"), Line(102 - skew, 3, "b", "← coordinator: Commit") };
            var merged = TimelineMerge.Merge([.. b, .. Coordinator, .. a]).ToList();
            Assert.Equal(13, merged.Count);
            foreach (var participant in new[] { "a", "b" })
            {
                string[] flow =
                [
                    $"coordinator → {participant}: Prepare", $"{participant} ← coordinator: Prepare", $"{participant} → coordinator: Vote Yes", $"coordinator ← {participant}: Vote Yes", "coordinator decides Commit",
                    $"coordinator → {participant}: Commit", $"{participant} ← coordinator: Commit",
                ];
                var places = flow.Select(f => merged.FindIndex(l => $"{l.Party} {l.What}" == f)).ToArray();
                Assert.Equal(places.Order(), places);
            }
        }
    }

    [Fact]
    public void What_one_host_has_seen_keeps_its_order_and_the_clock_orders_the_rest()
    {
        var merged = TimelineMerge.Merge([Line(5, 1, "x", "1"), Line(3, 1, "x", "2"), Line(4, 2, "y", "3"), Line(9, 2, "y", "4")]);
        Assert.Equal(["3", "1", "2", "4"], merged.Select(l => l.What));
    }

    [Fact]
    public void A_message_whose_sender_is_unknown_or_that_came_twice_holds_nothing_up()
    {
        var merged = TimelineMerge.Merge(
            [Line(1, 2, "a", "← coordinator: Prepare"), Line(2, 2, "a", "← coordinator: Prepare"), Line(3, 2, "a", "← acceptor 1: Ack"), Line(10, 1, "coordinator", "→ a: Prepare")]);
        Assert.Equal([1, 2, 2, 2], merged.Select(l => l.Server));
        Assert.Empty(TimelineMerge.Merge([]));
    }

    private static TransactionLine Line(long at, int server, string party, string what) => new(at, server, party, what) { Host = "root" };
}
