using GrainKeeper.Lab.Network;
using GrainKeeper.Lab.Scheduling;
using GrainKeeper.Lab.Stories;

namespace GrainKeeper.Lab.Running;

/// <summary>What everybody in a run shares.</summary>
internal sealed class LabWorld
{
    private readonly SimRandom _random;

    internal LabWorld(long seed)
    {
        _random = new SimRandom((ulong)seed);
        Loop = new EventLoop();
        Story = new StoryRecorder(Loop);
        Network = new LabNetwork(Loop, _random.Fork(), Story);
    }

    internal EventLoop Loop { get; }

    internal StoryRecorder Story { get; }

    internal LabNetwork Network { get; }

    internal CrashPlan Crashes { get; } = new();

    /// <summary>Chance for one part: what it draws does not shift another's numbers.</summary>
    internal SimRandom Chance() => _random.Fork();

    /// <summary>The moment for a core. All processes of a scenario have the same clock.</summary>
    internal Core.Now Now => new(Loop.Now / EventLoop.Millisecond, WallAtStart + (Loop.Now / EventLoop.Millisecond));

    private const long WallAtStart = 1_700_000_000_000;
}
