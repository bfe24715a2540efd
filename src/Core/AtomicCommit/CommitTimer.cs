namespace GrainKeeper.Core.AtomicCommit;

/// <summary>What a party waits for.</summary>
internal enum CommitTimer
{
    Vote,
    Resend,
    Inquiry,
    Termination,
    Bundle,
    Forget,
}
