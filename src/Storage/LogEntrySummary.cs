using System.Text;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Storage;

/// <summary>What a transaction of the log does.</summary>
/// <param name="Time">When it was prepared, ms since the Unix epoch.</param>
/// <param name="SessionId">For which session; 0 for none.</param>
/// <param name="Operation">What, as clients name it; null when the payload is damaged.</param>
/// <param name="Paths">The nodes that it is about, in order.</param>
/// <param name="Text">All of it in one line, but data as their length only: they may be secret.</param>
public sealed record LogEntrySummary(long Time, long SessionId, OpCode? Operation, IReadOnlyList<string> Paths, string Text)
{
    internal static LogEntrySummary Of(ReadOnlySpan<byte> change)
    {
        var text = TxnFormatter.Describe(change);
        var paths = new List<string>();
        try
        {
            var reader = new TxnReader(change);
            while (reader.MoveNext(out var operation))
            {
                if (operation.Path.Length > 0)
                {
                    paths.Add(Encoding.UTF8.GetString(operation.Path));
                }

                foreach (var path in operation.Paths)
                {
                    paths.Add(Encoding.UTF8.GetString(path));
                }
            }

            return new LogEntrySummary(reader.Header.Time, reader.Header.SessionId, reader.Header.Type, paths, text);
        }
        catch (FormatException)
        {
            return new LogEntrySummary(0, 0, null, paths, text);
        }
    }
}
