using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace GrainKeeper.Silo.Hosting;

/// <summary>Writes one line per event: time, level, source, message, and of an exception its type and message; the stack only of what is not expected.</summary>
internal sealed class LineFormatter() : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "line";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var message = logEntry.Formatter(logEntry.State, logEntry.Exception);
        if (string.IsNullOrEmpty(message) && logEntry.Exception is null)
        {
            return;
        }

        textWriter.Write(DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
        textWriter.Write(Level(logEntry.LogLevel));
        textWriter.Write(Source(logEntry.Category));
        textWriter.Write(": ");
        WriteFlat(textWriter, message);
        if (logEntry.Exception is { } error)
        {
            textWriter.Write(" | ");
            WriteFlat(textWriter, logEntry.LogLevel >= LogLevel.Error ? error.ToString() : $"{error.GetType().Name}: {error.Message}");
        }

        textWriter.Write(Environment.NewLine);
    }

    private static string Level(LogLevel level) => level switch
    {
        LogLevel.Trace => " TRC ",
        LogLevel.Debug => " DBG ",
        LogLevel.Information => " INF ",
        LogLevel.Warning => " WRN ",
        LogLevel.Error => " ERR ",
        LogLevel.Critical => " CRT ",
        _ => " --- ",
    };

    private static ReadOnlySpan<char> Source(string category) => category.AsSpan(category.LastIndexOf('.') + 1);

    private static void WriteFlat(TextWriter writer, string text)
    {
        foreach (var c in text)
        {
            writer.Write(char.IsControl(c) ? ' ' : c);
        }
    }
}
