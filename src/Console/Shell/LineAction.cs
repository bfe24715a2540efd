namespace GrainKeeper.Console.Shell;

/// <summary>What a key asks for beyond the line itself.</summary>
internal enum LineAction
{
    /// <summary>Nothing more: show the line.</summary>
    Show,

    /// <summary>The line is complete.</summary>
    Submit,

    /// <summary>The line is given up.</summary>
    Abandon,

    /// <summary>There will be no further line.</summary>
    End,

    /// <summary>Complete the word before the cursor.</summary>
    Complete,

    /// <summary>Clear the screen.</summary>
    Clear,
}
