namespace GrainKeeper.Lab.Stories;

/// <summary>A run holds more events than a story may have.</summary>
/// <param name="limit">The limit.</param>
public sealed class StoryTooLongException(int limit)
    : Exception($"more than {limit} events happened: run the scenario for a shorter time, with fewer servers or fewer requests");
