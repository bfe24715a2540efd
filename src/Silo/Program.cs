using GrainKeeper.Silo.Commands;

return await CommandLine.RunAsync(args);
