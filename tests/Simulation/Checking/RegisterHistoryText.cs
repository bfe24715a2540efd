using System.Globalization;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.Simulation.Checking;

/// <summary>
/// A register's history as text, one operation a line: called, answered, operation, value, version, error, version told, value told. A dash stands for what there is not. Lines that begin with # are
/// comments.
/// </summary>
public static class RegisterHistoryText
{
    private const string Nothing = "-";

    /// <summary>Writes operations of one step each, in the order of their calls.</summary>
    public static IEnumerable<string> Format(IEnumerable<RegisterOperation> operations) => operations.OrderBy(o => o.Invoked).Select(Format);

    /// <summary>Writes an operation of one step.</summary>
    public static string Format(RegisterOperation operation)
    {
        var step = operation.Steps.Single();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{operation.Invoked} {OrNothing(operation.Returned)} {step.Type} {step.Value} {step.Version} {operation.Error?.ToString() ?? Nothing} {OrNothing(step.ToldVersion)} {OrNothing(step.ToldValue)}");
    }

    /// <summary>Reads what <see cref="Format(IEnumerable{RegisterOperation})"/> has written.</summary>
    /// <exception cref="FormatException">A line is not an operation.</exception>
    public static List<RegisterOperation> Parse(IEnumerable<string> lines) => [.. lines.Where(l => l.Length > 0 && l[0] != '#').Select(Parse)];

    private static RegisterOperation Parse(string line)
    {
        if (line.Split(' ') is not [var invoked, var returned, var type, var value, var version, var error, var toldVersion, var toldValue])
        {
            throw new FormatException($"not an operation of a register: {line}");
        }

        ErrorCode? code = error == Nothing ? null : Enum.Parse<ErrorCode>(error);
        return new RegisterOperation
        {
            Invoked = Number(invoked),
            Returned = NumberOrNothing(returned),
            Steps = [new RegisterStep(Enum.Parse<OpCode>(type), Number(value), (int)Number(version), (int?)NumberOrNothing(toldVersion), NumberOrNothing(toldValue))],
            Error = code,
            FailedStep = code is null or ErrorCode.Ok ? -1 : 0,
        };
    }

    private static string OrNothing(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? Nothing;

    private static long? NumberOrNothing(string text) => text == Nothing ? null : Number(text);

    private static long Number(string text) => long.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
}
