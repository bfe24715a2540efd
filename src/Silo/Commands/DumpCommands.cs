using System.CommandLine;
using GrainKeeper.Silo.Hosting;
using GrainKeeper.Storage;

namespace GrainKeeper.Silo.Commands;

/// <summary><c>log dump</c> and <c>snapshot dump</c>: what is on disk, one record a line, and where it is damaged.</summary>
internal static class DumpCommands
{
    /// <summary>The exit code when something on disk is damaged.</summary>
    public const int Damaged = 1;

    public static Command CreateLog() => Create(
        "log", "The transaction log.", "Prints every record of a replica's log, one a line, and where it is damaged. Reads only.", "DIR",
        "A replica's directory, for example dataDir/trees/root", LogDump.Write);

    public static Command CreateSnapshot() => Create(
        "snapshot", "The snapshots.", "Prints every snapshot of a replica, and where it is damaged. Reads only.", "PATH",
        "A replica's directory, for example dataDir/trees/root, or the file of one snapshot", SnapshotDump.Write);

    private static Command Create(string name, string description, string dumpDescription, string argument, string argumentDescription, Func<TextWriter, string, int> write)
    {
        var path = new Argument<string>(argument) { Description = argumentDescription };
        var dump = new Command("dump", dumpDescription) { path };
        dump.SetAction(parse => Run(parse.GetValue(path)!, write));
        return new Command(name, description) { dump };
    }

    private static int Run(string path, Func<TextWriter, string, int> write)
    {
        if (!Directory.Exists(path) && !File.Exists(path))
        {
            Console.Error.WriteLine($"error: there is no {path}; give a replica's directory, for example dataDir/trees/root");
            return ExitCodes.BadConfiguration;
        }

        using var output = new StreamWriter(Console.OpenStandardOutput(), bufferSize: 64 * 1024);
        try
        {
            var damaged = write(output, path);
            if (damaged > 0)
            {
                output.Flush();
                Console.Error.WriteLine($"{damaged} damaged place{(damaged == 1 ? string.Empty : "s")} found");
                return Damaged;
            }

            return ExitCodes.Stopped;
        }
        catch (StorageException e)
        {
            output.Flush();
            Console.Error.WriteLine("error: " + e.Message.ReplaceLineEndings(" "));
            return ExitCodes.CannotStart;
        }
        catch (IOException) when (IsClosed(output))
        {
            // The reader of a pipe, head for example, has seen enough.
            return ExitCodes.Stopped;
        }
    }

    private static bool IsClosed(StreamWriter output)
    {
        try
        {
            output.Flush();
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }
}
