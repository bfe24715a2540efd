using GrainKeeper.Lab.Scenarios;
using GrainKeeper.Lab.Stories;

namespace GrainKeeper.Lab.Running;

/// <summary>Runs scenarios: the product's own cores on one thread, in virtual time, over a simulated network and simulated disks.</summary>
public static class Laboratory
{
    /// <summary>Runs a scenario. The same scenario and seed give the same story.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="seed">Fixes how long messages and writes to disk take.</param>
    /// <exception cref="ScenarioException">A line cannot be carried out: it names the line and the remedy.</exception>
    /// <exception cref="StoryTooLongException">The story has too many events.</exception>
    public static Story Run(Scenario scenario, long seed) => new ScenarioRun(scenario, seed).Run();
}
