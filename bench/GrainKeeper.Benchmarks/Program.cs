using BenchmarkDotNet.Running;
using GrainKeeper.Benchmarks.Restart;
using GrainKeeper.Benchmarks.Transactions;
using GrainKeeper.Benchmarks.Trees;

namespace GrainKeeper.Benchmarks;

/// <summary><c>restart</c> measures the restart of a server, <c>trees</c> puts load on several trees of one, <c>tx</c> compares the commit protocols (on servers run by <c>serve</c>); anything else goes to BenchmarkDotNet, which lists the benchmarks of hot paths.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        if (args is ["restart", .. var rest])
        {
            return await RestartCommand.Create().Parse(rest).InvokeAsync();
        }

        if (args is ["trees", .. var load])
        {
            return await TreesCommand.Create().Parse(load).InvokeAsync();
        }

        if (args is ["tx", .. var transactions])
        {
            return await TxCommand.Create().Parse(transactions).InvokeAsync();
        }

        if (args is ["serve", .. var server])
        {
            return await TxServer.Create().Parse(server).InvokeAsync();
        }

        // In this process: a program that BenchmarkDotNet generated would have to restore the server anew, for which its lock file and runtime identifier are not made.
        var summaries = BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run([.. args, "--inProcess"]);
        return summaries.All(s => !s.HasCriticalValidationErrors && s.Reports.All(r => r.Success)) ? 0 : 1;
    }
}
