namespace GrainKeeper.Console.Commands;

/// <summary>How the console ends.</summary>
internal static class ExitCode
{
    /// <summary>It did what was asked.</summary>
    internal const int Ok = 0;

    /// <summary>The ensemble did not do it, or nobody answers.</summary>
    internal const int Failed = 1;

    /// <summary>The command line is wrong: nothing was tried.</summary>
    internal const int Usage = 2;

    /// <summary>The transaction was aborted: nothing has changed.</summary>
    internal const int Aborted = 3;

    /// <summary>The transaction's outcome is not known yet.</summary>
    internal const int InDoubt = 4;
}
