using GrainKeeper.Console;
using GrainKeeper.Console.Commands;

using var interrupts = new Interrupts();
return await GkConsole.RunAsync(args, Terminal.Standard with { Interrupts = interrupts }, interrupts.Token);
