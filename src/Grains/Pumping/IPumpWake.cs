namespace GrainKeeper.Grains.Pumping;

/// <summary>Has a pump look at what waits for it. From any thread.</summary>
internal interface IPumpWake
{
    /// <summary>Wakes the pump.</summary>
    void Wake();

    /// <summary>Lets the caller's thread do the pump's work at once if the pump sleeps and the work is little; wakes the pump otherwise. Only for threads that may work on their own for a while and hold nothing that the pump's work needs.</summary>
    void WorkOrWake();
}
