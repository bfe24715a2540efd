using GrainKeeper.Console.Shell;

namespace GrainKeeper.Console.Tests;

public sealed class ShellHistoryTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gk-history-").FullName;

    private string File => Path.Combine(_folder, "state", "history");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Lines_are_kept_for_the_next_shell_and_only_the_owner_reads_them()
    {
        var history = ShellHistory.Load(File);
        history.Add("ls /a");
        history.Add("ls /a");
        history.Add("get /b");
        Assert.Equal(["ls /a", "get /b"], ShellHistory.Load(File).Lines);
        Assert.True(OperatingSystem.IsWindows() || System.IO.File.GetUnixFileMode(File) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Theory]
    [InlineData("--auth digest:joe:secret ls /")]
    [InlineData("tx run f --ticket root:1:1/0/0/aa")]
    [InlineData("set /acl digest:joe:secret")]
    [InlineData("set /db Password=x")]
    [InlineData(" set /a what nobody shall see")]
    public void Credentials_are_not_kept(string line)
    {
        var history = ShellHistory.Load(File);
        history.Add(line);
        history.Add("ls");
        Assert.Equal(["ls"], history.Lines);
        Assert.Equal("ls\n", System.IO.File.ReadAllText(File));
    }

    [Fact]
    public void The_file_does_not_grow_without_end()
    {
        var history = ShellHistory.Load(File);
        for (var i = 0; i < (2 * ShellHistory.MostLines) + 1; i++)
        {
            history.Add($"get /{i}");
        }

        history.Add(new string('x', ShellHistory.LongestLine + 1));
        var kept = System.IO.File.ReadAllLines(File);
        Assert.Equal(ShellHistory.MostLines, kept.Length);
        Assert.Equal(kept, history.Lines);
        Assert.Equal($"get /{2 * ShellHistory.MostLines}", kept[^1]);
    }

    [Fact]
    public void Without_a_file_that_can_be_written_lines_are_kept_in_memory()
    {
        var history = ShellHistory.Load(Path.Combine("/proc", "nowhere", "history"));
        history.Add("ls");
        Assert.Equal(["ls"], history.Lines);
    }
}
