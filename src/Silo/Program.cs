using GrainKeeper.Silo.Commands;
using GrainKeeper.Silo.Hosting;

WorkerThreads.BeginSmall();
return await CommandLine.RunAsync(args);
