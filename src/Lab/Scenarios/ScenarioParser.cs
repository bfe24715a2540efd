using System.Text;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.Lab.Scenarios;

/// <summary>Reads scenario files. One line is one thing; <c>#</c> begins a comment; who takes part stands before what happens.</summary>
public sealed class ScenarioParser
{
    private const int MaxText = 1_000;

    private readonly ScenarioCast _cast = new();
    private readonly List<string> _about = [];
    private readonly List<ScenarioStep> _steps = [];
    private readonly HashSet<string> _seen = [];
    private string? _title;
    private int _algorithm = 3;
    private bool _readOnly;

    private ScenarioParser()
    {
    }

    /// <summary>Reads a scenario.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="text">The file's text.</param>
    /// <exception cref="ScenarioException">It names the line, what is wrong there, and what to do.</exception>
    public static Scenario Parse(string name, string text)
    {
        if (Encoding.UTF8.GetByteCount(text) > Scenario.MaxBytes)
        {
            throw new ScenarioException(0, $"the scenario has more than {Scenario.MaxBytes} bytes: split it");
        }

        var parser = new ScenarioParser();
        var lines = text.Split('\n');
        if (lines.Length > Scenario.MaxLines)
        {
            throw new ScenarioException(Scenario.MaxLines + 1, $"the scenario has more than {Scenario.MaxLines} lines: split it");
        }

        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].Trim();
            if (line.Length > 0 && line[0] != '#')
            {
                parser.Read(new LineReader(i + 1, Checked(i + 1, line)));
            }
        }

        return parser.Make(name);
    }

    private static string Checked(int number, string line)
    {
        if (line.Length > MaxText)
        {
            throw new ScenarioException(number, $"the line has {line.Length} characters, at most {MaxText}: break it");
        }

        return line.Any(char.IsControl) ? throw new ScenarioException(number, "the line holds a control character: use spaces") : line;
    }

    private Scenario Make(string name)
    {
        if (_cast.Servers == 0 && _cast.Participants.Count == 0)
        {
            throw new ScenarioException(0, "nobody takes part: write 'servers 5' or 'participants a b c' at the top");
        }

        return new Scenario
        {
            Name = name,
            Title = _title ?? throw new ScenarioException(0, "the scenario has no title: begin it with 'title …'"),
            About = _about,
            Servers = _cast.Servers,
            Observers = _cast.Observers,
            Algorithm = _algorithm,
            ReadOnlyMode = _readOnly,
            Clients = _cast.Clients,
            Participants = _cast.Participants,
            Acceptors = _cast.Acceptors,
            Steps = _steps,
        };
    }

    private void Read(LineReader reader)
    {
        var word = reader.Word("a command");
        if (!ReadSetup(word, reader))
        {
            if (ReadCommand(word, reader) is not { } command)
            {
                throw reader.Wrong($"'{word}' is no command: 'docs/lab.md' lists them, and 'gk lab show NAME' prints an example");
            }

            reader.End();
            _steps.Add(new ScenarioStep(reader.Line, reader.Text, command));
        }
    }

    private bool ReadSetup(string word, LineReader reader)
    {
        switch (word)
        {
            case "title":
                _title = reader.Remainder("a title");
                break;
            case "about":
                _about.Add(reader.Remainder("a text"));
                return true;
            case "servers":
                _cast.Servers = reader.Number("number of servers", 1, Scenario.MaxServers);
                break;
            case "observers":
                _cast.Observers = reader.Number("number of observers", 1, Scenario.MaxOthers);
                break;
            case "algorithm":
                _algorithm = reader.Number("election algorithm", 0, 3);
                if (_algorithm == 1)
                {
                    throw reader.Wrong("election algorithm 1 is not offered: use 3, or 0 or 2");
                }

                break;
            case "read-only":
                _readOnly = true;
                break;
            case "clients":
                _cast.Add(_cast.Clients, reader, "client", Scenario.MaxOthers);
                break;
            case "participants":
                _cast.Add(_cast.Participants, reader, "participant", Scenario.MaxServers);
                break;
            case "acceptors":
                _cast.Acceptors = reader.Number("number of acceptors", 1, Scenario.MaxOthers);
                if (_cast.Acceptors % 2 == 0)
                {
                    throw reader.Wrong($"{_cast.Acceptors} acceptors: Paxos Commit takes an odd number, 1, 3 or 5");
                }

                break;
            default:
                return false;
        }

        reader.End();
        if (_steps.Count > 0)
        {
            throw reader.Wrong($"'{word}' says who takes part: write it before line {_steps[0].Line}, where things begin to happen");
        }

        return _seen.Add(word) ? true : throw reader.Wrong($"'{word}' stands twice: leave one out");
    }

    private ScenarioCommand? ReadCommand(string word, LineReader reader) => word switch
    {
        "say" => new ScenarioCommand.Say(reader.Remainder("a text")),
        "start" => new ScenarioCommand.Start(Names(reader)),
        "crash" => ReadCrash(reader),
        "run" => new ScenarioCommand.Run(reader.Time("time")),
        "await" => ReadAwait(reader),
        "partition" => ReadPartition(reader),
        "heal" => new ScenarioCommand.Heal(),
        "drop" => ReadDrop(reader),
        "slow" => ReadSlow(reader),
        "connect" => ReadConnect(reader),
        "transaction" => ReadTransaction(reader),
        "expect" => new ScenarioCommand.Expect(ExpectationParser.Read(reader, _cast, TransactionNames)),
        "hide" => new ScenarioCommand.Show(false),
        "show" => new ScenarioCommand.Show(true),
        _ when _cast.Clients.Contains(word) => ReadAsk(word, reader),
        _ => null,
    };

    private IEnumerable<string> TransactionNames => _steps.Select(s => s.Command).OfType<ScenarioCommand.Transaction>().Select(t => t.Name);

    private List<string> Names(LineReader reader)
    {
        if (reader.Skip("all"))
        {
            return [.. _cast.Processes];
        }

        var names = new List<string>();
        do
        {
            names.Add(ScenarioCast.Name(reader, "process", _cast.Processes));
        }
        while (!reader.AtEnd);
        return names;
    }

    private ScenarioCommand ReadCrash(LineReader reader)
    {
        var first = ScenarioCast.Name(reader, "process", _cast.Processes);
        if (reader.Skip("before"))
        {
            return new ScenarioCommand.CrashAt(first, true, reader.Remainder("an action, such as 'forces commit' or 'PreCommit to b',"));
        }

        if (reader.Skip("after"))
        {
            return new ScenarioCommand.CrashAt(first, false, reader.Remainder("an action, such as 'forces commit' or 'PreCommit to b',"));
        }

        return new ScenarioCommand.Crash(reader.AtEnd ? [first] : [first, .. Names(reader)]);
    }

    private ScenarioCommand.Await ReadAwait(LineReader reader)
    {
        var parts = reader.Remainder("an expectation").Split(" within ", StringSplitOptions.TrimEntries);
        if (parts.Length != 2)
        {
            throw reader.Wrong($"'{reader.Text}' names no time: write 'await … within 10s'");
        }

        var limit = new LineReader(reader.Line, parts[1]);
        var time = limit.Time("time");
        limit.End();
        var expected = new LineReader(reader.Line, parts[0]);
        var expectation = ExpectationParser.Read(expected, _cast, TransactionNames);
        expected.End();
        return new ScenarioCommand.Await(expectation, time);
    }

    private ScenarioCommand.Partition ReadPartition(LineReader reader)
    {
        var groups = new List<IReadOnlyList<string>>();
        var named = new HashSet<string>();
        foreach (var part in reader.Remainder("groups").Split('|'))
        {
            var names = new LineReader(reader.Line, part.Trim());
            var group = new List<string>();
            while (!names.AtEnd)
            {
                var name = ScenarioCast.Name(names, "process or client", _cast.Ends);
                group.Add(named.Add(name) ? name : throw reader.Wrong($"'{name}' stands in two groups: leave one out"));
            }

            groups.Add(group.Count > 0 ? group : throw reader.Wrong("a group is empty: name who is in it, for example 'partition 1 2 | 3 4 5'"));
        }

        return groups.Count > 1 ? new ScenarioCommand.Partition(groups) : throw reader.Wrong("one group is no partition: write for example 'partition 1 2 | 3 4 5'");
    }

    private (string From, string To) Direction(LineReader reader)
    {
        var from = ScenarioCast.Name(reader, "process or client", _cast.Ends);
        reader.Demand("->");
        return (from, ScenarioCast.Name(reader, "process or client", _cast.Ends));
    }

    private ScenarioCommand.Drop ReadDrop(LineReader reader)
    {
        var count = reader.Skip("next") ? reader.Number("number of messages", 1, 1_000) : 1;
        var (from, to) = Direction(reader);
        return new ScenarioCommand.Drop(from, to, reader.AtEnd ? string.Empty : reader.Remainder("a word"), count);
    }

    private ScenarioCommand.Slow ReadSlow(LineReader reader)
    {
        var (from, to) = Direction(reader);
        return new ScenarioCommand.Slow(from, to, reader.Time("delay"));
    }

    private ScenarioCommand.Connect ReadConnect(LineReader reader)
    {
        var client = ScenarioCast.Name(reader, "client", _cast.Clients);
        reader.Demand("to");
        return new ScenarioCommand.Connect(client, ScenarioCast.Name(reader, "server", _cast.ServerNames), reader.Skip("read-only"));
    }

    private static ScenarioCommand.Ask ReadAsk(string client, LineReader reader)
    {
        var word = reader.Word("create, set, get, delete or sync");
        var type = word switch
        {
            "create" => OpCode.Create2,
            "set" => OpCode.SetData,
            "get" => OpCode.GetData,
            "delete" => OpCode.Delete,
            "sync" => OpCode.Sync,
            _ => throw reader.Wrong($"'{word}' is nothing that a client does: choose among create, set, get, delete and sync"),
        };
        var path = Path(reader);
        return new ScenarioCommand.Ask(client, type, path, type is OpCode.Create2 or OpCode.SetData ? reader.Remainder("data") : string.Empty);
    }

    internal static string Path(LineReader reader)
    {
        var path = reader.Word("a path");
        return path.Length > 1 && path[0] == '/' && !path.EndsWith('/') ? path : throw reader.Wrong($"'{path}' is no path: write for example /a");
    }

    private ScenarioCommand.Transaction ReadTransaction(LineReader reader)
    {
        var name = reader.Word("a name for the transaction");
        if (name.Length > 12 || !name.All(char.IsAsciiLetterOrDigit) || TransactionNames.Contains(name))
        {
            throw reader.Wrong($"'{name}' is no name for a transaction: use at most 12 letters and digits, and each name once");
        }

        var word = reader.Word("2pc, 3pc or paxos");
        var protocol = word switch
        {
            "2pc" => CommitProtocol.TwoPhase,
            "3pc" => CommitProtocol.ThreePhase,
            "paxos" => CommitProtocol.PaxosCommit,
            _ => throw reader.Wrong($"'{word}' is no protocol: choose among 2pc, 3pc and paxos"),
        };
        if (protocol == CommitProtocol.PaxosCommit && _cast.Acceptors == 0)
        {
            throw reader.Wrong("Paxos Commit needs acceptors: write 'acceptors 3' at the top");
        }

        if (_cast.Participants.Count == 0)
        {
            throw reader.Wrong("a transaction needs participants: write 'participants a b c' at the top");
        }

        var no = new List<string>();
        if (reader.Skip("no"))
        {
            do
            {
                no.Add(ScenarioCast.Name(reader, "participant", _cast.Participants));
            }
            while (!reader.AtEnd);
        }

        return new ScenarioCommand.Transaction(name, protocol, no);
    }
}
