using GrainKeeper.Simulation.Checking;

namespace GrainKeeper.Simulation.Tests.Checking;

/// <summary>Histories that real servers have answered (tests/Process.Tests/Jepsen), as the recorder has written them.</summary>
public sealed class RecordedHistoryTests
{
    private static readonly string Directory = Path.Combine(AppContext.BaseDirectory, "Checking", "testdata");

    [Fact]
    public void Reads_after_a_write_while_servers_died_hung_and_were_cut_off_are_linearizable() =>
        Assert.Equal(LinearizabilityVerdict.Linearizable, LinearizabilityChecker.Check(Read("fenced-reads.txt")));

    [Fact]
    public void Reads_that_each_server_answers_from_its_own_state_are_refused() =>
        Assert.Equal(LinearizabilityVerdict.NotLinearizable, LinearizabilityChecker.Check(Read("plain-reads.txt")));

    [Fact]
    public void A_history_is_the_same_after_it_was_written_and_read()
    {
        var lines = File.ReadAllLines(Path.Combine(Directory, "fenced-reads.txt")).Where(l => !l.StartsWith('#'));
        Assert.Equal(lines, RegisterHistoryText.Format(Read("fenced-reads.txt")));
        Assert.Throws<FormatException>(() => RegisterHistoryText.Parse(["1 2 SetData 3"]));
    }

    private static List<RegisterOperation> Read(string file) => RegisterHistoryText.Parse(File.ReadAllLines(Path.Combine(Directory, file)));
}
