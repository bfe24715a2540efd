using GrainKeeper.Lab.Scheduling;

namespace GrainKeeper.Lab.Stories;

/// <summary>Writes a story down while it happens.</summary>
internal sealed class StoryRecorder(EventLoop loop)
{
    /// <summary>The most events of a story: a scenario that runs longer has no reader.</summary>
    internal const int MaxEvents = 20_000;

    private readonly List<StoryEvent> _events = [];
    private readonly SortedDictionary<string, StoryEvent.Changed> _states = new(StringComparer.Ordinal);

    /// <summary>What was written.</summary>
    internal IReadOnlyList<StoryEvent> Events => _events;

    /// <summary>Whether what happens is marked as not to be shown.</summary>
    internal bool Hidden { get; private set; }

    internal void Hide() => Hidden = true;

    /// <summary>Shows what happens from now on, and first how things stand.</summary>
    internal void Show()
    {
        if (Hidden)
        {
            Hidden = false;
            foreach (var state in _states.Values)
            {
                Add(state with { At = loop.Now, Quiet = false });
            }
        }
    }

    internal void Say(string text) => Add(new StoryEvent.Said(loop.Now, text));

    internal void Command(int line, string text) => Add(new StoryEvent.Commanded(loop.Now, line, text));

    internal void Check(int line, string text, bool held, string found) => Add(new StoryEvent.Checked(loop.Now, line, text, held, found));

    internal void Note(string who, NoteKind kind, string text) => Add(new StoryEvent.Noted(loop.Now, who, kind, text, Hidden && kind != NoteKind.Alarm));

    internal void Start(string who, string text) => Add(new StoryEvent.Started(loop.Now, who, text, Hidden));

    internal void Part(string text, IReadOnlyList<IReadOnlyList<string>> groups) => Add(new StoryEvent.Parted(loop.Now, text, groups));

    internal void Crash(string who, string text)
    {
        _states.Remove(who);
        Add(new StoryEvent.Crashed(loop.Now, who, text, Hidden));
    }

    /// <summary>Notes a state if it is another one than before.</summary>
    internal void State(string who, string state, string detail, StateMood mood)
    {
        if (!_states.TryGetValue(who, out var before) || (before.State, before.Detail) != (state, detail))
        {
            _states[who] = new StoryEvent.Changed(loop.Now, who, state, detail, mood, Hidden);
            Add(_states[who]);
        }
    }

    /// <summary>Notes a message that is on its way.</summary>
    /// <returns>Its place, for <see cref="Arrived"/> or <see cref="Lost"/>.</returns>
    internal int Send(string from, string to, MessageFamily family, string label, bool routine)
    {
        Add(new StoryEvent.Sent(loop.Now, from, to, family, label, routine || Hidden));
        return _events.Count - 1;
    }

    internal void Arrived(int message) => _events[message] = (StoryEvent.Sent)_events[message] with { ArrivedAt = loop.Now };

    internal void Lost(int message, string reason) => _events[message] = (StoryEvent.Sent)_events[message] with { LostBecause = reason };

    private void Add(StoryEvent happened)
    {
        if (_events.Count >= MaxEvents)
        {
            throw new StoryTooLongException(MaxEvents);
        }

        _events.Add(happened);
    }
}
