using Spectre.Console;

namespace GrainKeeper.Client.Commands;

/// <summary>Where a command reads and writes.</summary>
/// <param name="In">Data for the ensemble.</param>
/// <param name="Out">Results, as bytes: data of nodes need not be text.</param>
/// <param name="Error">Faults and remarks.</param>
/// <param name="Interactive">Whether a person reads the results, on a screen.</param>
internal sealed record Terminal(Func<Stream> In, Stream Out, TextWriter Error, bool Interactive)
{
    /// <summary>Wide enough that no row of a table is broken where a script reads it.</summary>
    private const int WidthForScripts = 400;

    internal static Terminal Standard => new(Console.OpenStandardInput, Console.OpenStandardOutput(), Console.Error, !Console.IsOutputRedirected);

    internal void Line(string text)
    {
        using var writer = new StreamWriter(Out, leaveOpen: true) { NewLine = "\n" };
        writer.WriteLine(text);
    }

    internal void Bytes(ReadOnlySpan<byte> bytes)
    {
        Out.Write(bytes);
        Out.Flush();
    }

    internal void Table(Table table)
    {
        using var writer = new StreamWriter(Out, leaveOpen: true) { NewLine = "\n" };
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer), Ansi = Interactive ? AnsiSupport.Detect : AnsiSupport.No });
        if (!Interactive)
        {
            console.Profile.Width = WidthForScripts;
        }

        console.Write(table);
    }
}
