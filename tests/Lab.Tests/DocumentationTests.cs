using GrainKeeper.Lab.Rendering;
using GrainKeeper.Lab.Running;
using GrainKeeper.Lab.Scenarios;

namespace GrainKeeper.Lab.Tests;

/// <summary>docs/lab.md tells the truth.</summary>
public sealed class DocumentationTests
{
    private static readonly string Text = File.ReadAllText(Path.Combine(Root(), "docs", "lab.md"));

    [Fact]
    public void Every_built_in_scenario_is_listed_in_its_order()
    {
        var listed = Text.Split('\n').Where(l => l.StartsWith("| `", StringComparison.Ordinal)).Select(l => l.Split('`')[1]).Where(n => BuiltInScenarios.Names.Contains(n));
        Assert.Equal(BuiltInScenarios.Names, listed);
    }

    [Fact]
    public void The_captured_story_is_what_is_told_today()
    {
        var told = TextStory.Whole(Laboratory.Run(BuiltInScenarios.Load("2pc-abort"), 1)).TrimEnd();
        Assert.Contains(string.Join('\n', told.Split('\n').Select(l => l.Length > 0 ? "    " + l : l)), Text, StringComparison.Ordinal);
    }

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Orleans.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("Orleans.sln is not above the tests");
        }

        return folder;
    }
}
