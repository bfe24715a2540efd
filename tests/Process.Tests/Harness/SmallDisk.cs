using System.Diagnostics;
using System.Globalization;
using ChildProcess = System.Diagnostics.Process;

namespace GrainKeeper.Process.Tests.Harness;

/// <summary>
/// A disk that can be filled up: a small file system in memory where the tests may mount one; otherwise a limit on the size of files that is set on the running process,
/// which fails the same writes with another error.
/// </summary>
internal sealed class SmallDisk : IDisposable
{
    private const int Megabytes = 96;
    private readonly bool _mounted;

    public SmallDisk(string directory)
    {
        Directory = directory;
        System.IO.Directory.CreateDirectory(directory);
        _mounted = Run("mount", "-t", "tmpfs", "-o", $"size={Megabytes}m", "tmpfs", directory) == 0;
    }

    public string Directory { get; }

    public string Kind => _mounted ? "a full file system" : "a limit on the size of files";

    /// <summary>What a server says when it hits the limit.</summary>
    public string Expected => _mounted ? "The disk is full" : "File too large";

    public void Fill(ServerProgram server)
    {
        if (!_mounted)
        {
            Assert.Equal(0, Run("prlimit", "--pid", server.Id.ToString(CultureInfo.InvariantCulture), "--fsize=4096"));
            return;
        }

        using var file = new FileStream(Filler, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[64 * 1024];
        try
        {
            while (file.Length <= Megabytes * 1024 * 1024)
            {
                file.Write(block);
            }
        }
        catch (IOException)
        {
            // Full, as wanted.
            return;
        }
    }

    public void Free() => File.Delete(Filler);

    public void Dispose()
    {
        if (_mounted)
        {
            Run("umount", "-l", Directory);
        }
    }

    private string Filler => Path.Combine(Directory, "filler");

    private static int Run(string command, params string[] arguments)
    {
        using var process = ChildProcess.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }
}
