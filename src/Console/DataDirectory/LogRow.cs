using GrainKeeper.Console.Commands;
using GrainKeeper.Core.Zab;
using GrainKeeper.Storage;

namespace GrainKeeper.Console.DataDirectory;

/// <summary>One transaction of a log.</summary>
internal sealed record LogRow(string Zxid, string Time, string Session, string Operation, int Bytes, IReadOnlyList<string> Paths, string What)
{
    internal static LogRow Of(LogItem.Entry entry)
    {
        var summary = entry.Summary!;
        var operation = summary.Operation?.ToString() ?? "damaged";
        return new LogRow(
            $"0x{entry.Zxid.Value:x}",
            OutputFormat.Time(summary.Time),
            $"0x{summary.SessionId:x}",
            (entry.Kind == TxnKind.Reconfiguration ? "reconfiguration " : string.Empty) + char.ToLowerInvariant(operation[0]) + operation[1..],
            entry.Length,
            [.. summary.Paths.Select(OneLine)],
            summary.Text);
    }

    // Whatever a client put into a path must not break the line.
    private static string OneLine(string path) => string.Concat(path.Select(c => char.IsControl(c) ? '?' : c));
}
