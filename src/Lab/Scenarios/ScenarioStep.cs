namespace GrainKeeper.Lab.Scenarios;

/// <summary>A line of a scenario that does something.</summary>
/// <param name="Line">Its number, from 1.</param>
/// <param name="Text">As the file has it.</param>
/// <param name="Command">What it does.</param>
internal sealed record ScenarioStep(int Line, string Text, ScenarioCommand Command);
