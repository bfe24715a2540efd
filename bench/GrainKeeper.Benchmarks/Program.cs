using BenchmarkDotNet.Running;
using GrainKeeper.Benchmarks.Restart;

namespace GrainKeeper.Benchmarks;

/// <summary><c>restart</c> measures the restart of a server; anything else goes to BenchmarkDotNet, which lists the benchmarks of hot paths.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        if (args is ["restart", .. var rest])
        {
            return await RestartCommand.Create().Parse(rest).InvokeAsync();
        }

        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
        return 0;
    }
}
