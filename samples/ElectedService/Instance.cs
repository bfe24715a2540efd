using GrainKeeper.Client.Recipes;

namespace GrainKeeper.Samples.ElectedService;

/// <summary>This process.</summary>
internal sealed class Instance
{
    /// <summary>How others see it.</summary>
    public string Name { get; } = $"{Environment.MachineName}-{Environment.ProcessId}";

    /// <summary>Its leadership, while it leads.</summary>
    public Holding? Leadership { get; set; }
}
