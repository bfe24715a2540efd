namespace GrainKeeper.Silo.Hosting;

/// <summary>What the process tells its supervisor when it ends.</summary>
public static class ExitCodes
{
    /// <summary>Stopped as asked.</summary>
    public const int Stopped = 0;

    /// <summary>The command line or the configuration is wrong: starting again changes nothing.</summary>
    public const int BadConfiguration = 2;

    /// <summary>The server could not start: a port or the data directory is in use, or the data is damaged.</summary>
    public const int CannotStart = 3;

    /// <summary>The graceful shutdown took too long and was cut short. Nothing acknowledged is lost.</summary>
    public const int ShutdownTimedOut = 4;

    /// <summary>The server's state or disk could no longer be trusted. Starting again is safe: it recovers from its disk or says why it cannot.</summary>
    public const int Fatal = 70;
}
