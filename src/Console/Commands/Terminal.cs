using System.Text;
using System.Text.Json;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace GrainKeeper.Console.Commands;

/// <summary>Where a command reads and writes.</summary>
/// <param name="In">Data for the ensemble.</param>
/// <param name="Out">Results, as bytes: data of nodes need not be text.</param>
/// <param name="Error">Faults and remarks.</param>
/// <param name="Interactive">Whether a person reads the results, on a screen.</param>
internal sealed record Terminal(Func<Stream> In, Stream Out, TextWriter Error, bool Interactive)
{
    /// <summary>Wide enough that no row of a table is broken where a script reads it.</summary>
    private const int WidthForScripts = 400;

    internal static Terminal Standard => new(System.Console.OpenStandardInput, System.Console.OpenStandardOutput(), System.Console.Error, !System.Console.IsOutputRedirected)
    {
        HasKeyboard = !System.Console.IsInputRedirected,
        ErrorIsScreen = !System.Console.IsErrorRedirected,
    };

    /// <summary>Whether a person types the input.</summary>
    internal bool HasKeyboard { get; init; }

    /// <summary>Whether a person reads remarks as they come, so that progress is of use.</summary>
    internal bool ErrorIsScreen { get; init; }

    /// <summary>Ctrl-C; null where nobody can press it.</summary>
    internal Interrupts? Interrupts { get; init; }

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

    /// <summary>A result for scripts.</summary>
    internal void Json(object result) => Line(JsonSerializer.Serialize(result, OutputFormat.Json));

    internal void Table(Table table) => Render(table);

    internal void Render(IRenderable what) => OnConsole(console => console.Write(what));

    /// <summary>Lines in colours where a person reads them, as they are where a script does.</summary>
    /// <param name="text">The lines, the last one ended as well.</param>
    /// <param name="styleOf">A line's style in Spectre's words.</param>
    internal void Styled(string text, Func<string, string> styleOf)
    {
        if (!Interactive)
        {
            Bytes(Encoding.UTF8.GetBytes(text));
            return;
        }

        OnConsole(console =>
        {
            foreach (var line in text.TrimEnd('\n').Split('\n'))
            {
                console.WriteLine(line, Style.Parse(styleOf(line)));
            }
        });
    }

    private void OnConsole(Action<IAnsiConsole> write)
    {
        using var writer = new StreamWriter(Out, leaveOpen: true) { NewLine = "\n" };
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer), Ansi = Interactive ? AnsiSupport.Detect : AnsiSupport.No });
        if (!Interactive)
        {
            console.Profile.Width = WidthForScripts;
        }

        write(console);
    }
}
